/**
 * What the clients of a server know: what they requested, and the responses. It lives outside the
 * killed process, and nothing in it counts as done before its response was read completely.
 */

/** `asked` may have happened or not; the next audit tells. */
type Certainty = 'none' | 'asked' | 'done';

export interface SentItem {
  /** Different for every item ever sent. */
  readonly text: string;
  readonly key?: string;
  /** The original that this is a revision of. */
  readonly replaces?: SentItem;
  /**
   * Known from the response, or found in the store after a crash. From then on it must stay there.
   */
  id?: string;
  redaction: Certainty;
}

export interface KnownThread {
  readonly id: string;
  creation: Certainty;
  deletion: Certainty;
  /** The tags that it may have: one set after a response, two while a change is in progress. */
  tags: string[];
  items: SentItem[];
  /** The newest acknowledged item: items sent from now on come after it. */
  newestId: string;
}

export class Ledger {
  readonly threads: Map<string, KnownThread> = new Map();
  /** Everything that went wrong, in sentences. */
  readonly problems: string[] = [];
  acknowledged = 0;
  /** Requests without a known result: they were in progress when the server was killed. */
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

  /** The threads that exist and whose deletion was not requested. */
  usable(): KnownThread[] {
    return [...this.threads.values()].filter(
      ({ creation, deletion }) => creation === 'done' && deletion === 'none',
    );
  }

  /** Keyed items that were neither acknowledged nor found, to be sent again. */
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

  /** Resolves when `more` further items are acknowledged. */
  async untilAcknowledged(more: number): Promise<void> {
    const goal = this.acknowledged + more;
    while (this.acknowledged < goal) {
      await new Promise<void>((resolve) => (this.#onAcknowledged = resolve));
    }
  }
}

/** Without a key it would become another item, and a redacted item accepts no new revision. */
export function isRepeatable({ key, replaces }: SentItem): boolean {
  return key !== undefined && (replaces === undefined || replaces.redaction === 'none');
}
