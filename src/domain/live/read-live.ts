import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { AccessWatch } from '../access/access-watch.ts';
import { mustVisit } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { mustView } from '../items/list-items.ts';
import type { LiveOptions, LiveEvent } from '../../api/live.ts';
import { Wakeup, type RingSource } from '../../shared/wakeup.ts';
import { LiveReader } from './live-reader.ts';

/**
 * Tails a thread: see `ThreadsApi.live`. The caller pulls, and nothing is read ahead, so a slow
 * reader costs only its position. A reader that has fallen behind reads the log; one that keeps up
 * gets the commits of this process from memory.
 */
export async function* readLive(
  reading: Reading,
  threadId: ThreadIdText,
  options: LiveOptions = {},
): AsyncGenerator<LiveEvent, void, undefined> {
  const { core } = reading;
  const { head, visiting } = await mustVisit(reading, 'read', threadId);
  mustKnowOptions(options, liveOptions);
  const reader = new LiveReader(visiting, head, mustView(visiting, options.view));
  const { signal } = options;
  const hints: RingSource = (ring) => core.hints.threads.subscribe(head.id, ring);
  // A program with nothing else to do may exit, since no event can arrive.
  const wakeup = new Wakeup({ sources: [hints], signal, keepsProcess: false });
  const { ring } = wakeup;
  const access = new AccessWatch(core, head.id, { versionSeen: () => reader.version, ring });
  try {
    if (options.after === undefined) yield await reader.begin(await reader.currentHead());
    else await reader.resume(head, options.after);
    while (!signal?.aborted && core.isOpen()) {
      wakeup.reset();
      access.reset();
      const events = await reader.next();
      if (events === undefined) return;
      for (const event of events) {
        if (access.isDue) {
          access.reset();
          if (!(await reader.mayStillRead())) return;
        }
        if (signal?.aborted) return;
        yield event;
      }
      // A page may contain nothing that this reader may see, and yet more may follow.
      if (events.length === 0 && reader.isCaughtUp) await wakeup.wait(idlePollMs);
    }
  } finally {
    access.release();
    wakeup.release();
  }
}

/**
 * What this process writes rings, and `AccessWatch` looks for what others write: how often to look
 * besides, in milliseconds, as a cheap safeguard.
 */
const idlePollMs = 15_000;

const liveOptions = { after: true, view: true, signal: true } as const;
