import type { Row } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import { SkeinError } from '../../shared/error.ts';
import type { Core } from './core.ts';

type OnLook<R> = (row: R | undefined) => void;

interface RowWatchOptions<R> {
  /** Its key is one column. */
  readonly table: TypedTable<R>;
  /** The value of that column. */
  readonly keyOf: (row: R) => string;
  /** Rows of one read: they are in memory at once. */
  readonly rowsMax: number;
  /** How often to look in a store that other processes write to. */
  readonly intervalMs: number;
  /** Hints that a row may have changed, which cause a look. */
  readonly hints?: (key: string, ring: () => void) => () => void;
}

/**
 * Tells what has become of rows that something open depends on: at once if this process changes
 * them, and when a hint of another process arrives. A hint may be lost, so it also looks every now
 * and then, in one read for all who watch the same row, and for many rows.
 *
 * Invariants: looks do not overlap; a row that this process has written is not overtaken by an
 * older look, since a look delivers only to those who watch when it ends and reads after they came.
 */
export class RowWatch<R extends Row> {
  readonly #core: Core;
  readonly #options: RowWatchOptions<R>;
  readonly #subjects = new Map<string, Subject<R>>();
  readonly #due = new Set<string>();
  #isLooking = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(core: Core, options: RowWatchOptions<R>) {
    this.#core = core;
    this.#options = options;
  }

  /** Calls `onLook` with the row whenever it may have changed, until the result is called. */
  watch(key: string, onLook: OnLook<R>): () => void {
    const subject = this.#subjects.get(key) ?? this.#begin(key);
    subject.listeners.add(onLook);
    return () => {
      subject.listeners.delete(onLook);
      if (subject.listeners.size === 0) this.#forget(key, subject);
    };
  }

  /** This process has committed the row, or its deletion. */
  note(key: string, row: R | undefined): void {
    for (const onLook of this.#subjects.get(key)?.listeners ?? []) onLook(row);
  }

  lookSoon(keys: Iterable<string>): void {
    for (const key of keys) this.#due.add(key);
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookAtDue();
  }

  stop(): void {
    for (const [key, subject] of this.#subjects) this.#forget(key, subject);
  }

  #begin(key: string): Subject<R> {
    const leave = this.#options.hints?.(key, () => this.lookSoon([key]));
    const subject: Subject<R> = { listeners: new Set(), leave };
    this.#subjects.set(key, subject);
    // Without other processes no change goes unnoticed.
    if (this.#timer === undefined && this.#core.isShared) {
      this.#timer = setInterval(() => this.#lookAtAll(), this.#options.intervalMs);
      this.#timer.unref?.();
    }
    return subject;
  }

  #forget(key: string, subject: Subject<R>): void {
    if (this.#subjects.get(key) !== subject) return;
    subject.leave?.();
    this.#subjects.delete(key);
    if (this.#subjects.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAtAll(): void {
    this.lookSoon(this.#subjects.keys());
  }

  async #lookAtDue(): Promise<void> {
    const { table, keyOf, rowsMax } = this.#options;
    try {
      while (this.#due.size > 0 && this.#core.isOpen()) {
        const keys = [...this.#due].slice(0, rowsMax);
        for (const key of keys) this.#due.delete(key);
        const rows = await this.#core.records.getExisting(
          table,
          keys.map((key) => [key]),
        );
        const found = new Map(rows.map((row) => [keyOf(row), row]));
        for (const key of keys) this.note(key, found.get(key));
      }
    } catch (error) {
      // The store cannot be read now; the next look is due soon.
      if (!(error instanceof SkeinError)) throw error;
    } finally {
      this.#isLooking = false; // here, so that nothing comes between the last check and this
    }
  }
}

interface Subject<R> {
  readonly listeners: Set<OnLook<R>>;
  readonly leave: (() => void) | undefined;
}
