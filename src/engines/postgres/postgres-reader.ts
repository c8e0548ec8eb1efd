import type { Key, Row, Scalar, Scan } from '../../engine/engine.ts';
import { columnList } from '../sql/sql-definition.ts';
import { scanStatement, scanValues } from '../sql/sql-scan.ts';
import type { SqlColumn, SqlTable } from '../sql/sql-table.ts';
import { arrayLiteral } from './array-literal.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import { parameterTypes } from './postgres-schema.ts';

const prepared = { isPrepared: true } as const;

/**
 * Reads, and deletes ranges. Point reads that arrive together, or while others are under way, share
 * one query: sixty writers that each read their thread first cost one round trip, not sixty.
 */
export class PostgresReader {
  readonly #connections: PostgresConnections;
  readonly #waiting = new Map<SqlTable, WaitingGet[]>();
  readonly #underWay = new Map<SqlTable, number>();

  constructor(connections: PostgresConnections) {
    this.#connections = connections;
  }

  get(table: SqlTable, key: Key): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(table);
      if (waiting) waiting.push({ key, resolve, reject });
      else this.#waiting.set(table, [{ key, resolve, reject }]);
      if (!waiting) this.#schedule(table);
    });
  }

  async getMany(table: SqlTable, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    const encoded = keys.map((key) => table.encodeKey(key));
    const arrays = table.key.map((_, i) => arrayLiteral(encoded.map((key) => key[i]!)));
    const rows = await this.#connections.ask(getManyStatement(table), arrays, prepared);
    const found: (Row | undefined)[] = keys.map(() => undefined);
    for (const [ordinal, ...values] of rows) found[Number(ordinal) - 1] = table.decodeRow(values);
    return found;
  }

  async scan(table: SqlTable, scan: Scan): Promise<Row[]> {
    const values = scanValues(table, scan);
    const rows = await this.#connections.ask(scanStatement(table, scan), values, prepared);
    return rows.map((row) => table.decodeRow(row));
  }

  /**
   * Deletes up to `limit` rows whose key begins with `prefix`. Returns the number of rows deleted.
   */
  async deleteSome(table: SqlTable, prefix: readonly Scalar[], limit: number): Promise<number> {
    const values = [...table.encodeKey(prefix), limit];
    const statement = deleteStatement(table, table.key.slice(0, prefix.length));
    const [row] = await this.#connections.ask(statement, values, prepared);
    return Number(row?.[0]);
  }

  /** Gets of this turn of the event loop share a query. */
  #schedule(table: SqlTable): void {
    setImmediate(() => {
      if ((this.#underWay.get(table) ?? 0) < queriesMax) this.#start(table);
    });
  }

  #start(table: SqlTable): void {
    const waiting = this.#waiting.get(table) ?? [];
    const batch = waiting.splice(0, batchMax);
    if (waiting.length === 0) this.#waiting.delete(table);
    else this.#schedule(table);
    if (batch.length > 0) void this.#run(table, batch);
  }

  /** Never rejects: every outcome goes to the promises of the callers. */
  async #run(table: SqlTable, batch: readonly WaitingGet[]): Promise<void> {
    this.#underWay.set(table, (this.#underWay.get(table) ?? 0) + 1);
    try {
      const rows = await this.#read(table, batch);
      for (const [i, { resolve }] of batch.entries()) resolve(rows[i]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#underWay.set(table, this.#underWay.get(table)! - 1);
      if (this.#waiting.has(table)) this.#start(table);
    }
  }

  async #read(table: SqlTable, batch: readonly WaitingGet[]): Promise<(Row | undefined)[]> {
    if (batch.length > 1)
      return this.getMany(
        table,
        batch.map(({ key }) => key),
      );
    const values = table.encodeKey(batch[0]!.key);
    const [row] = await this.#connections.ask(getStatement(table), values, prepared);
    return [row && table.decodeRow(row)];
  }
}

/** Queries of one table at once: more would only make their batches smaller. */
const queriesMax = 2;
const batchMax = 1000;

interface WaitingGet {
  readonly key: Key;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
}

function getStatement(table: SqlTable): string {
  return `SELECT ${table.selection} FROM ${table.name} WHERE ${equalities(table.key)}`;
}

function getManyStatement(table: SqlTable): string {
  const arrays = table.key.map(({ type }, i) => `$${i + 1}::${parameterTypes[type]}[]`).join(', ');
  const names = table.key.map((_, i) => `k${i}`);
  const conditions = table.key.map(({ quoted }, i) => `t.${quoted} = x.k${i}`).join(' AND ');
  return (
    `SELECT x.n, ${table.selectionFrom('t.')} FROM unnest(${arrays}) WITH ORDINALITY AS x(${names.join(', ')}, n) ` +
    `JOIN ${table.name} t ON ${conditions}`
  );
}

/** Waits for rows that another statement is deleting, and then skips them. */
function deleteStatement(table: SqlTable, columns: readonly SqlColumn[]): string {
  const where = columns.length > 0 ? ` WHERE ${equalities(columns)}` : '';
  const conditions = table.key.map(({ quoted }) => `t.${quoted} = d.${quoted}`).join(' AND ');
  return (
    `WITH d AS (SELECT ${columnList(table.key)} FROM ${table.name}${where} ORDER BY ${columnList(table.key)} ` +
    `LIMIT $${columns.length + 1} FOR UPDATE), ` +
    `gone AS (DELETE FROM ${table.name} t USING d WHERE ${conditions} RETURNING 1) SELECT count(*) FROM gone`
  );
}

function equalities(columns: readonly SqlColumn[]): string {
  return columns.map(({ quoted }, i) => `${quoted} = $${i + 1}`).join(' AND ');
}
