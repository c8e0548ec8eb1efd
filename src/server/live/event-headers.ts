import { liveContentType } from '../../protocol/live-events.ts';
import { empty, type EmptyAnswer } from '../answer.ts';

// Proxies neither keep nor collect events, nor compress them, which would hold them back.
export const eventHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** What `HEAD` gets where `GET` gets events. */
export function answerEventsHead(): EmptyAnswer<200> {
  return empty(200, { ...eventHeaders, 'content-type': liveContentType });
}
