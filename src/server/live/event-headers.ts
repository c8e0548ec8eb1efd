import { liveContentType } from '../../protocol/live-events.ts';
import { empty, type EmptyResponse } from '../plain-response.ts';

// Proxies must neither cache, buffer nor compress events, which would delay them.
export const eventHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** The response to `HEAD` for a path whose `GET` sends events. */
export function respondWithHead(): EmptyResponse<200> {
  return empty(200, { ...eventHeaders, 'content-type': liveContentType });
}
