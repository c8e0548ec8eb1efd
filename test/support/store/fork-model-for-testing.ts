/**
 * The expected state of threads and forks in the simplest form: every thread has its whole log, as
 * a list of rows that it shares with its heirs. Nothing is stored, nothing is fast.
 */
export interface ModelRow {
  readonly id: string;
  readonly text: string;
  /** On a revision: the first item. */
  readonly originalId: string | undefined;
  /** The thread that holds the row: it is redacted there, and deleted with it. */
  home: ModelThread;
  isRedacted: boolean;
}

export interface ModelThread {
  readonly id: string;
  /** Inherited rows first. */
  log: ModelRow[];
  /** The threads it inherits from, oldest first. */
  lineage: ModelThread[];
  /** Its settings for items, its own or inherited ones, by original. */
  readonly visibilities: Map<string, string>;
  isDeleted: boolean;
}

export class ForkModel {
  readonly threads: ModelThread[] = [];

  get alive(): ModelThread[] {
    return this.threads.filter(({ isDeleted }) => !isDeleted);
  }

  create(id: string): ModelThread {
    return this.#add(id, [], []);
  }

  append(thread: ModelThread, id: string, text: string, visibility: string): void {
    thread.log.push({ id, text, originalId: undefined, home: thread, isRedacted: false });
    thread.visibilities.set(id, visibility);
  }

  /** Whether an edit is allowed. */
  isEditable(thread: ModelThread, row: ModelRow): boolean {
    return !this.#originalOf(thread, row).isRedacted;
  }

  edit(thread: ModelThread, row: ModelRow, id: string, text: string): void {
    const originalId = row.originalId ?? row.id;
    thread.visibilities.set(originalId, this.visibilityOf(thread, originalId));
    thread.log.push({ id, text, originalId, home: thread, isRedacted: false });
  }

  show(thread: ModelThread, row: ModelRow, visibility: string): void {
    const originalId = row.originalId ?? row.id;
    if (this.visibilityOf(thread, originalId) !== visibility) {
      thread.visibilities.set(originalId, visibility);
    }
  }

  /**
   * Through a fork, an inherited item is redacted at its source; the fork's own revision in the
   * fork.
   */
  redact(thread: ModelThread, row: ModelRow): void {
    const original = this.#originalOf(thread, row);
    const isOwnRevision = row.home === thread && original.home !== thread;
    const at = isOwnRevision ? thread : original.home;
    for (const holder of [at, ...this.#descendantsOf(at)]) {
      for (const other of holder.log) {
        const isOfFamily = (other.originalId ?? other.id) === original.id;
        if (other.home === holder && isOfFamily) other.isRedacted = true;
      }
    }
  }

  fork(source: ModelThread, point: ModelRow, id: string): ModelThread {
    const log = source.log.slice(0, source.log.indexOf(point) + 1);
    return this.#add(id, log, [...point.home.lineage, point.home]);
  }

  /** Direct heirs get rows of their own, and their heirs inherit those. */
  delete(thread: ModelThread): void {
    thread.isDeleted = true;
    for (const heir of this.threads.filter(({ lineage }) => lineage.at(-1) === thread)) {
      this.#leaveTo(thread, heir);
    }
  }

  #leaveTo(thread: ModelThread, heir: ModelThread): void {
    const descendants = this.#descendantsOf(heir);
    for (const row of heir.log) {
      const originalId = row.originalId ?? row.id;
      const visibility = this.visibilityOf(heir, originalId);
      if (row.home === thread || thread.visibilities.has(originalId)) {
        heir.visibilities.set(originalId, visibility);
      }
    }
    const copies = new Map(
      heir.log.filter(({ home }) => home === thread).map((row) => [row, { ...row, home: heir }]),
    );
    for (const owner of [heir, ...descendants]) {
      owner.log = owner.log.map((row) => copies.get(row) ?? row);
      owner.lineage = owner.lineage.filter((ancestor) => ancestor !== thread);
    }
  }

  /** The nearest setting along the lineage, from the thread itself to the item's source. */
  visibilityOf(thread: ModelThread, originalId: string): string {
    const chain = [...thread.lineage, thread];
    const set = chain.map(({ visibilities }) => visibilities.get(originalId));
    return set.findLast((visibility) => visibility !== undefined) ?? 'visible';
  }

  /** The texts of a view; a redacted item leaves none. */
  view(thread: ModelThread, view: 'current' | 'context' | 'log'): string[] {
    if (view === 'log') return thread.log.map(textOf);
    return thread.log
      .filter(({ originalId }) => originalId === undefined)
      .filter((row) => {
        const visibility = this.visibilityOf(thread, row.id);
        if (view === 'current') return visibility === 'visible';
        return visibility !== 'archived' && !this.#shownFor(thread, row).isRedacted;
      })
      .map((row) => textOf(this.#shownFor(thread, row)));
  }

  preview(thread: ModelThread): string {
    const row = thread.log.findLast(
      (candidate) =>
        candidate.originalId === undefined &&
        this.visibilityOf(thread, candidate.id) === 'visible' &&
        !this.#shownFor(thread, candidate).isRedacted,
    );
    return row ? this.#shownFor(thread, row).text : '';
  }

  #shownFor(thread: ModelThread, row: ModelRow): ModelRow {
    return thread.log.findLast(({ originalId }) => originalId === row.id) ?? row;
  }

  #originalOf(thread: ModelThread, row: ModelRow): ModelRow {
    return thread.log.find(({ id }) => id === (row.originalId ?? row.id)) ?? row;
  }

  #descendantsOf(thread: ModelThread): ModelThread[] {
    return this.threads.filter(({ lineage }) => lineage.includes(thread));
  }

  #add(id: string, log: ModelRow[], lineage: ModelThread[]): ModelThread {
    const thread = { id, log, lineage, visibilities: new Map(), isDeleted: false };
    this.threads.push(thread);
    return thread;
  }
}

function textOf({ isRedacted, text }: ModelRow): string {
  return isRedacted ? '' : text;
}
