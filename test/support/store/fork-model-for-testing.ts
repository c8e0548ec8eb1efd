/**
 * What threads and forks must look like, in the simplest way to say it: every thread has its whole
 * log, as a list of rows that it shares with those who inherit them. Nothing is stored, nothing is
 * fast.
 */
export interface ModelRow {
  readonly id: string;
  readonly text: string;
  /** Of a revision: the item that was there first. */
  readonly originalId: string | undefined;
  /** The thread that holds it: where it is redacted, and what goes when that is deleted. */
  home: ModelThread;
  isRedacted: boolean;
}

export interface ModelThread {
  readonly id: string;
  /** Inherited rows first. */
  log: ModelRow[];
  /** From whom it inherits, oldest first. */
  lineage: ModelThread[];
  /** What it has set of items, its own or inherited ones, by original. */
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
   * Through a fork, an inherited item is redacted where it comes from; a fork's own revision in the
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

  /**
   * Those who inherit from it directly get rows of their own; whoever inherits from them, inherits
   * those.
   */
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

  /** The nearest setting along the lineage, from the thread itself to where the item comes from. */
  visibilityOf(thread: ModelThread, originalId: string): string {
    const chain = [...thread.lineage, thread];
    const set = chain.map(({ visibilities }) => visibilities.get(originalId));
    return set.findLast((visibility) => visibility !== undefined) ?? 'visible';
  }

  /** The texts of a view; nothing is left of what was redacted. */
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
