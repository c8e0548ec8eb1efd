/** What a channel keeps of each of its subjects, and how its entries follow each other. */
export interface HintChannelOptions<Entry> {
  /** Whether a reader that stands at this position goes on with the entry. */
  readonly leadsOn: (entry: Entry, position: number) => boolean;
  /** Where a reader stands that has read the entry: further on than before. */
  readonly positionAfter: (entry: Entry) => number;
  /** A reader that falls further behind than this reads the store. */
  readonly entriesMax: number;
  /** About the bytes kept of one subject, so that big entries do not fill the memory. */
  readonly weightMax: number;
}

/**
 * Tells the readers of this process that a subject, such as a thread, has moved, here or in another
 * process. What this process has made durable of it lately is kept while a reader listens, so that
 * a thousand readers that keep up need no read each; a reader for whom the entries do not connect
 * reads the store. Losing a hint therefore loses nothing but time.
 */
export class HintChannel<Entry> {
  readonly #options: HintChannelOptions<Entry>;
  readonly #subjects = new Map<string, Subject<Entry>>();

  constructor(options: HintChannelOptions<Entry>) {
    this.#options = options;
  }

  /** Calls `onHint` whenever the subject has moved, until the returned function is called. */
  subscribe(key: string, onHint: () => void): () => void {
    let subject = this.#subjects.get(key);
    if (!subject) {
      subject = { listeners: new Set(), recent: [], weight: 0 };
      this.#subjects.set(key, subject);
    }
    subject.listeners.add(onHint);
    return () => this.#unsubscribe(key, onHint);
  }

  /** `weight` is about the bytes of the entry. */
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
   * The entries that lead on from `position` without a gap, or `undefined`: then read the store.
   */
  recentSince(key: string, position: number): readonly Entry[] | undefined {
    const { leadsOn, positionAfter } = this.#options;
    const recent = this.#subjects.get(key)?.recent ?? [];
    // From the end, since most readers have missed the last entry only, or none.
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

  /** The subject has moved, and what is new of it is to be looked up. */
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
