import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import type { Reading } from '../base/core.ts';
import type { LiveOptions, LiveEvent } from '../../api/live.ts';
import { Wakeup } from '../../shared/wakeup.ts';
import { ThreadTail } from './thread-tail.ts';

/**
 * Tails a thread: see `ThreadsApi.live`. The caller pulls, and nothing is read ahead, so a slow
 * reader costs only its position.
 */
export async function* readLive(
  reading: Reading,
  threadId: ThreadIdText,
  options: LiveOptions = {},
): AsyncGenerator<LiveEvent, void, undefined> {
  const { core } = reading;
  const { signal } = options;
  // A program with nothing else to do may exit, since no event can arrive.
  const wakeup = new Wakeup({ signal, keepsProcess: false });
  let tail: ThreadTail | undefined;
  try {
    tail = await ThreadTail.open(reading, threadId, options, wakeup.ring);
    mustKnowOptions(options, liveOptions);
    while (!signal?.aborted && core.isOpen()) {
      wakeup.reset();
      const events = await tail.next();
      if (events === undefined) return;
      for (const event of events) {
        const may = tail.mayHave();
        if (may !== true && !(await may)) return;
        if (signal?.aborted) return;
        yield event;
      }
      // A page may contain nothing that this reader may see, and yet more may follow.
      if (events.length === 0 && tail.isCaughtUp) await wakeup.wait(idlePollMs);
    }
  } finally {
    tail?.release();
    wakeup.release();
  }
}

/**
 * What this process writes rings, and `AccessWatch` looks for what others write: how often to look
 * besides, in milliseconds, as a cheap safeguard.
 */
export const idlePollMs = 15_000;

const liveOptions = { after: true, view: true, signal: true } as const;
