import type { Row } from '../../engine/engine.ts';
import { addEntries, type EncodedCommit, type Operations } from './encode-commit.ts';
import type { LevelStore } from './level-store.ts';
import type { TableSchema } from './lsm-schema.ts';
import type { RowCache } from './row-cache.ts';

/**
 * The commits of one write, in order. Add all of them, then load the rows that they need, then
 * resolve them: each commit sees what the earlier ones leave.
 */
export class CommitGroup {
  readonly #cache: RowCache;
  readonly #commits: EncodedCommit[] = [];
  readonly #refused = new Set<EncodedCommit>();
  /**
   * The rows that the commits need, as they are at this point of the group; `null` for a missing
   * row.
   */
  readonly #rows = new Map<string, Row | null>();
  readonly #askedTables = new Set<TableSchema>();
  readonly #missing: { readonly schema: TableSchema; readonly key: string }[] = [];

  constructor(cache: RowCache) {
    this.#cache = cache;
  }

  add(commit: EncodedCommit): void {
    this.#commits.push(commit);
    for (const { schema, key } of commit.expects) this.#ask(schema, key);
    for (const { schema, key } of commit.unresolved) this.#ask(schema, key);
  }

  #ask(schema: TableSchema, key: string): void {
    if (this.#rows.has(key)) return;
    const cached = schema.isVersioned ? this.#cache.peek(key) : undefined;
    this.#rows.set(key, cached ?? null);
    this.#askedTables.add(schema);
    if (cached === undefined) this.#missing.push({ schema, key });
  }

  /** Whether the row cache had every row that the commits need. */
  get isLoaded(): boolean {
    return this.#missing.length === 0;
  }

  /** Reads the missing rows. No write is under way meanwhile, so the rows are current. */
  async load(store: LevelStore): Promise<void> {
    const keys = this.#missing.map(({ key }) => key);
    const values = await store.getMany(keys);
    for (const [i, { schema, key }] of this.#missing.entries()) {
      const value = values[i];
      if (value !== undefined) this.#rows.set(key, schema.rowOf(schema.order.valuesOf(key), value));
    }
  }

  /** Returns the operations to write. Leaves out commits whose conditions do not hold. */
  resolve(): Operations[] {
    const batches: Operations[] = [];
    for (const commit of this.#commits) {
      if (!this.#holds(commit)) {
        this.#refused.add(commit);
        continue;
      }
      this.#apply(commit);
      if (commit.operations.length > 0) batches.push(commit.operations);
    }
    return batches;
  }

  #holds({ expects }: EncodedCommit): boolean {
    for (const { key, version } of expects) {
      const row = this.#rows.get(key) ?? undefined;
      if (version === 'absent' ? row !== undefined : row?.version !== version) return false;
    }
    return true;
  }

  #apply(commit: EncodedCommit): void {
    for (const { schema, key, row } of commit.unresolved) {
      addEntries(commit, schema, this.#rows.get(key) ?? null, row);
    }
    for (const { schema, key, row } of commit.changes) {
      if (this.#askedTables.has(schema) && this.#rows.has(key)) this.#rows.set(key, row ?? null);
    }
  }

  isRefused(commit: EncodedCommit): boolean {
    return this.#refused.has(commit);
  }

  /** Call this once the group is durable. */
  updateCache(): void {
    for (const commit of this.#commits) {
      if (this.#refused.has(commit)) continue;
      for (const { schema, key, row, value } of commit.changes) {
        if (!schema.isVersioned) continue;
        if (row === undefined || value === undefined) this.#cache.delete(key);
        else this.#cache.set(key, row, value.length);
      }
    }
  }
}
