import type { Row } from '../../engine/engine.ts';
import type { TableSchema } from './lsm-schema.ts';

/**
 * The latest acknowledged rows of versioned tables, by key. Every commit of a thread reads and
 * checks them.
 *
 * Invariant: an entry equals what the store holds. One process owns the store; an entry is set only
 * by an acknowledged commit, or by a read that no commit can overtake; and a failed write clears
 * the cache. The cache owns its rows; `get` returns copies, since copying a head takes 0.1 µs and
 * parsing it again 1 µs.
 *
 * The cache has two generations. A row that is set or used enters the young one. When that is full
 * it becomes the old one, and the previous old one is dropped. Unlike a strict LRU order, this
 * costs nothing for a read of a row in use.
 */
export class RowCache {
  readonly #halfMax: number;
  #young = new Map<string, Row>();
  #old = new Map<string, Row>();

  constructor(entriesMax: number) {
    this.#halfMax = Math.floor(entriesMax / 2);
  }

  /** The row itself, for checks inside the engine. Never pass it to a caller. */
  peek(key: string): Row | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#add(key, old);
    return old;
  }

  get(schema: TableSchema, key: string): Row | undefined {
    const row = this.peek(key);
    return row && schema.copy(row);
  }

  /**
   * The cache takes ownership of `row`, so it must be a copy. `length` is that of its stored value.
   */
  set(key: string, row: Row, length: number): void {
    if (length > valueLengthMax) this.delete(key);
    else this.#add(key, row);
  }

  #add(key: string, row: Row): void {
    this.#young.set(key, row);
    if (this.#young.size <= this.#halfMax) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

/** In characters. Longer rows are not kept, so that the cache's memory is bounded. */
const valueLengthMax = 8192;
