import type { LiveEvent, LiveOptions } from '../../api/live.ts';
import type { StoredThreadId, ThreadIdText } from '../../shared/ids.ts';
import { AccessWatch } from '../access/access-watch.ts';
import { mustVisit } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import type { Member } from '../base/member.ts';
import { mustView } from '../items/list-items.ts';
import { LiveReader } from './live-reader.ts';

/**
 * One reader that follows a thread. It holds nothing but its position: a reader that has fallen
 * behind reads the log; one that keeps up gets the commits of this process from memory.
 */
export class ThreadTail {
  readonly #id: StoredThreadId;
  readonly #reader: LiveReader;
  readonly #access: AccessWatch;
  readonly #leave: () => void;
  /** The head with which it begins, if it begins now. */
  #first: LiveEvent | undefined;

  private constructor(core: Core, id: StoredThreadId, reader: LiveReader, ring: () => void) {
    this.#id = id;
    this.#reader = reader;
    this.#leave = core.hints.threads.subscribe(id, ring);
    this.#access = new AccessWatch(core, id, { versionSeen: () => reader.version, ring });
  }

  /**
   * Calls `ring` when there may be more to read. Throws as `ThreadsApi.live` does, before the first
   * event.
   */
  static async open(
    reading: Reading,
    threadId: ThreadIdText,
    { after, view }: Pick<LiveOptions, 'after' | 'view'>,
    ring: () => void,
  ): Promise<ThreadTail> {
    const { head, visiting } = await mustVisit(reading, 'read', threadId);
    const reader = new LiveReader(visiting, head, mustView(visiting, view));
    const tail = new ThreadTail(reading.core, head.id, reader, ring);
    try {
      if (after === undefined) tail.#first = await reader.begin(await reader.currentHead());
      else await reader.resume(head, after);
    } catch (error) {
      tail.release();
      throw error;
    }
    return tail;
  }

  get threadId(): StoredThreadId {
    return this.#id;
  }

  /** The reader, as it stood at the last look. */
  get member(): Member {
    return this.#reader.member;
  }

  /** Whether all that there was has been read; a page may contain nothing that the reader sees. */
  get isCaughtUp(): boolean {
    return this.#reader.isCaughtUp;
  }

  /** The next events, of which there may be none; `undefined` if the reader can no longer read. */
  async next(): Promise<readonly LiveEvent[] | undefined> {
    this.#access.reset();
    const first = this.#first;
    if (first === undefined) return this.#reader.next();
    this.#first = undefined;
    return [first];
  }

  /**
   * Whether the reader may have what was read: its access may have ended since. To be asked before
   * each event is handed out.
   */
  mayHave(): true | Promise<boolean> {
    if (!this.#access.isDue) return true;
    this.#access.reset();
    return this.#reader.mayStillRead();
  }

  release(): void {
    this.#access.release();
    this.#leave();
  }
}
