import type { Table } from '../../../../src/engine/engine.ts';
import type { OpenEngine } from '../../../../src/engine/open-engine.ts';
import { ConflictError, SkeinError } from '../../../../src/shared/error.ts';
import type { SchemaForTesting } from './database-for-testing.ts';

export const heads: Table = {
  name: 'heads',
  id: 1,
  columns: { id: { type: 'string' }, version: { type: 'int' } },
  key: ['id'],
  partition: 1,
  indexes: [],
};

export const entries: Table = {
  name: 'entries',
  id: 2,
  columns: { headId: { type: 'string' }, version: { type: 'int' }, by: { type: 'string' } },
  key: ['headId', 'version'],
  partition: 1,
  indexes: [],
};

/**
 * Appends entries by compare-and-set, and records every response to compare it with what is stored.
 */
export class AppenderForTesting {
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly unknown: string[] = [];
  readonly #engine: OpenEngine;
  readonly #name: string;

  constructor(engine: OpenEngine, name: string) {
    this.#engine = engine;
    this.#name = name;
  }

  async append(headId: string, count: number): Promise<void> {
    const version = Number((await this.#engine.get(heads, [headId]))?.version ?? 0);
    const by = `${this.#name} ${headId} ${count}`;
    const puts = [
      { table: heads, row: { id: headId, version: version + 1 } },
      { table: entries, row: { headId, version: version + 1, by } },
    ];
    const expects = [{ table: heads, key: [headId], version: version || ('absent' as const) }];
    try {
      await this.#engine.commit({ puts, expects });
      this.acknowledged.push(by);
    } catch (error) {
      if (error instanceof ConflictError) this.refused.push(by);
      else if (error instanceof SkeinError && error.code === 'unavailable') this.unknown.push(by);
      else throw error;
    }
  }
}

export async function entriesIn(database: SchemaForTesting): Promise<string[]> {
  const rows = await database.query<{ by: string }>(
    `SELECT "by" FROM "${database.schema}".entries`,
  );
  return rows.map(({ by }) => by);
}
