/**
 * What the clients of a server know: what they asked for, and what they were told. It is kept
 * outside the process that is killed, and nothing in it counts as done before the answer was read
 * whole.
 */

/** `asked` may have happened or not; the next look at the store tells which. */
export type Certainty = 'none' | 'asked' | 'done';

export interface SentItem {
  /** Different for every item ever sent. */
  readonly text: string;
  readonly key?: string;
  /** The original that this is a revision of. */
  readonly replaces?: SentItem;
  /**
   * Known from the answer, or found in the store after a crash. From then on it must stay there.
   */
  id?: string;
  redaction: Certainty;
}

export interface KnownThread {
  readonly id: string;
  creation: Certainty;
  deletion: Certainty;
  /** The tags that it may have: one after an answer, two while a change is under way. */
  tags: string[];
  items: SentItem[];
  /** The newest item of which anybody was told: whatever is sent now comes after it. */
  newestId: string;
}

export class Ledger {
  readonly threads: Map<string, KnownThread> = new Map();
  /** Everything that should not have been, in sentences. */
  readonly problems: string[] = [];
  acknowledged = 0;
  /** Sent in vain, so far as anybody knows: they were under way when the server was killed. */
  unanswered = 0;
  #onAcknowledged: () => void = () => undefined;

  addThread(id: string, tag: string): KnownThread {
    const thread: KnownThread = {
      id,
      creation: 'asked',
      deletion: 'none',
      tags: [tag],
      items: [],
      newestId: '',
    };
    this.threads.set(id, thread);
    return thread;
  }

  /** The threads that are there, and that nobody has asked to delete. */
  usable(): KnownThread[] {
    return [...this.threads.values()].filter(
      ({ creation, deletion }) => creation === 'done' && deletion === 'none',
    );
  }

  /** Keyed items that were never acknowledged nor found: to be sent again. */
  unansweredKeyed(): { thread: KnownThread; item: SentItem }[] {
    return this.usable().flatMap((thread) =>
      thread.items
        .filter((item) => item.id === undefined && isRepeatable(item))
        .map((item) => ({ thread, item })),
    );
  }

  acknowledge(thread: KnownThread, sent: readonly SentItem[], ids: readonly string[]): void {
    if (ids.length !== sent.length) this.problems.push(`${thread.id}: ${ids.length} ids came back`);
    for (const [i, item] of sent.entries()) {
      const id = ids[i]!;
      if (item.id !== undefined && item.id !== id) {
        this.problems.push(`${thread.id}: key ${item.key} was ${item.id} and is now ${id}`);
      }
      item.id = id;
      if (id > thread.newestId) thread.newestId = id;
    }
    this.acknowledged += sent.length;
    this.#onAcknowledged();
  }

  /** Resolves when so many more items are acknowledged than now. */
  async untilAcknowledged(more: number): Promise<void> {
    const goal = this.acknowledged + more;
    while (this.acknowledged < goal) {
      await new Promise<void>((resolve) => (this.#onAcknowledged = resolve));
    }
  }
}

/**
 * Without a key it would be another item; and what was redacted meanwhile takes no new revision.
 */
export function isRepeatable({ key, replaces }: SentItem): boolean {
  return key !== undefined && (replaces === undefined || replaces.redaction === 'none');
}
