import type { Typing } from '../../api/live.ts';
import { invalid } from '../../shared/error.ts';
import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnownKeys } from '../../shared/validate.ts';
import { mustUserId, mustVisit } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';

/** See `ThreadsApi.typing`. Nothing is stored. */
export async function tellTyping(
  reading: Reading,
  threadId: ThreadIdText,
  typing: Typing = {},
): Promise<void> {
  const { core, principal } = reading;
  const { head } = await mustVisit(reading, 'append', threadId);
  const id = mustUserId(principal);
  mustKnownKeys(typing, new Set(['on']), '');
  const { on = true } = typing;
  if (typeof on !== 'boolean') throw invalid('on', 'must be true or false');
  core.hints.signals.publish(head.id, { kind: 'typing', id, lastsMs: on ? typingMs : 0 });
}

/** A client that goes on typing says so again every few seconds. */
const typingMs = 8000;
