import type { Key, Row, Scan } from '../../engine/engine.ts';
import { scanShape, scanStatement, scanValues } from '../sql/sql-scan.ts';
import type { SqlTable } from '../sql/sql-table.ts';
import { equalities } from './encode-write.ts';
import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts';

/** The reads of the engine, each statement prepared once. All of it is synchronous. */
export class SqliteRows {
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  get(table: SqlTable, key: Key): Row | undefined {
    const values = this.#statement(`get ${table.table.id}`, () => {
      return `SELECT ${table.selection} FROM ${table.name} WHERE ${equalities(table.key)}`;
    }).get(...table.encodeKey(key));
    return values === undefined ? undefined : table.decodeRow(values as unknown[]); // a raw row
  }

  scan(table: SqlTable, scan: Scan): Row[] {
    const statement = this.#statement(`scan ${scanShape(scan)}`, () => scanStatement(table, scan));
    const rows = statement.all(...scanValues(table, scan)) as unknown[][]; // a raw row
    return rows.map((values) => table.decodeRow(values));
  }

  #statement(shape: string, sql: () => string): SqliteStatement {
    let statement = this.#statements.get(shape);
    if (statement === undefined) {
      statement = this.#database.prepare(sql()).raw();
      if (this.#statements.size >= statementsMax) this.#statements.clear();
      this.#statements.set(shape, statement);
    }
    return statement;
  }
}

/** There are far fewer shapes; the bound only keeps a mistake from filling the memory. */
const statementsMax = 2000;
