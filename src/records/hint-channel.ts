/** What a channel keeps about each subject, and how its entries connect. */
interface HintChannelOptions<Entry> {
  /** Whether a reader at this position can continue with the entry. */
  readonly leadsOn: (entry: Entry, position: number) => boolean;
  /** The position of a reader after the entry; greater than before. */
  readonly positionAfter: (entry: Entry) => number;
  /** A reader that falls further behind than this reads the store instead. */
  readonly entriesMax: number;
  /** The approximate bytes kept per subject, so that large entries do not fill the memory. */
  readonly weightMax: number;
}

/**
 * Tells the readers of this process that a subject, such as a thread, has changed, here or in
 * another process. While a reader listens, the channel keeps what this process wrote recently, so
 * that a thousand readers that keep up need no reads. A reader for which the entries have a gap
 * reads the store. A lost hint therefore costs time, not data.
 */
export class HintChannel<Entry> {
  readonly #options: HintChannelOptions<Entry>;
  readonly #subjects = new Map<string, Subject<Entry>>();

  constructor(options: HintChannelOptions<Entry>) {
    this.#options = options;
  }

  /** Calls `onHint` whenever the subject changes. Returns the function that unsubscribes. */
  subscribe(key: string, onHint: () => void): () => void {
    let subject = this.#subjects.get(key);
    if (!subject) {
      subject = { listeners: new Set(), recent: [], weight: 0 };
      this.#subjects.set(key, subject);
    }
    subject.listeners.add(onHint);
    return () => this.#unsubscribe(key, onHint);
  }

  /** `weight` is the approximate size of the entry in bytes. */
  publish(key: string, entry: Entry, weight: number): void {
    const subject = this.#subjects.get(key);
    if (!subject) return;
    const { recent, listeners } = subject;
    const { entriesMax, weightMax } = this.#options;
    recent.push({ entry, weight });
    subject.weight += weight;
    while (recent.length > entriesMax || subject.weight > weightMax) {
      subject.weight -= recent.shift()?.weight ?? 0;
    }
    for (const listener of listeners) listener();
  }

  /**
   * The entries that follow `position` without a gap, or `undefined` if the caller must read the
   * store.
   */
  recentSince(key: string, position: number): readonly Entry[] | undefined {
    const { leadsOn, positionAfter } = this.#options;
    const recent = this.#subjects.get(key)?.recent ?? [];
    // From the end, since most readers have missed at most the last entry.
    for (let i = recent.length - 1; i >= 0; i--) {
      const { entry } = recent[i]!;
      const end = positionAfter(entry);
      if (end <= position) return undefined;
      const next = recent[i + 1]?.entry;
      if (next && !leadsOn(next, end)) return undefined;
      if (leadsOn(entry, position)) return recent.slice(i).map(({ entry: found }) => found);
    }
    return undefined;
  }

  /** Reports a change of the subject without its content: readers look it up in the store. */
  wake(key: string): void {
    for (const listener of this.#subjects.get(key)?.listeners ?? []) listener();
  }

  wakeAll(): void {
    for (const { listeners } of this.#subjects.values())
      for (const listener of listeners) listener();
  }

  #unsubscribe(key: string, onHint: () => void): void {
    const subject = this.#subjects.get(key);
    subject?.listeners.delete(onHint);
    if (subject?.listeners.size === 0) this.#subjects.delete(key);
  }
}

interface Subject<Entry> {
  readonly listeners: Set<() => void>;
  readonly recent: { readonly entry: Entry; readonly weight: number }[];
  weight: number;
}
