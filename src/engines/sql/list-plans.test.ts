import Database from 'better-sqlite3';
import { Client, escapeLiteral } from 'pg';
import { describe, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanColumns } from '../../engine/checks.ts';
import type { Scalar, Scan, Table } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { allTables } from '../../records/all-tables.ts';
import { edges, items, threads } from '../../records/tables.ts';
import { commitStatement } from '../postgres/commit-statement.ts';
import { settings } from '../postgres/driver-options.ts';
import { postgresDialect } from '../postgres/postgres-schema.ts';
import { postgres } from '../postgres/index.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import { sqliteDialect } from '../sqlite/sqlite-schema.ts';
import { sqlite } from '../sqlite/index.ts';
import { planCommit } from './planned-commit.ts';
import { indexName } from './sql-definition.ts';
import type { SqlDialect } from './sql-dialect.ts';
import { scanStatement, scanValues } from './sql-scan.ts';
import { SqlTable } from './sql-table.ts';
import { fillTablesForTesting } from '../../../test/support/engines/sql/fill-tables-for-testing.ts';

/** Every scan that an engine can get, of every table of the store: so every list of the store. */
function* allScans(): Generator<Scan> {
  for (const table of allTables) {
    for (const index of [undefined, ...table.indexes.map(({ name }) => name)]) {
      yield* scansOf(table, index);
    }
  }
}

function* scansOf(table: Table, index: string | undefined): Generator<Scan> {
  const values = scanColumns(table, index).map((name) => valueFor(table, name));
  const base = { table, limit: 50, ...(index === undefined ? {} : { index }) };
  for (let prefixLength = 1; prefixLength <= values.length; prefixLength++) {
    const prefix = values.slice(0, prefixLength);
    for (const reverse of [false, true]) {
      yield { ...base, prefix, reverse };
      for (let length = 1; length <= values.length - prefixLength; length++) {
        const bound = values.slice(prefixLength, prefixLength + length);
        yield { ...base, prefix, reverse, after: bound };
        const end = [...bound.slice(0, -1), greaterThan(bound.at(-1)!)];
        yield { ...base, prefix, reverse, before: end };
        yield { ...base, prefix, reverse, after: bound, before: end };
      }
    }
  }
}

function valueFor(table: Table, name: string): Scalar {
  switch (table.columns[name]?.type) {
    case 'string':
      return `${name} 7`;
    case 'boolean':
      return false;
    default:
      return 7;
  }
}

function greaterThan(value: Scalar): Scalar {
  if (typeof value === 'string') return `${value}z`;
  return typeof value === 'number' ? value + 1000 : true;
}

/** The names of the indexes (or the key) in which the rows of a scan are adjacent. */
function fittingIndexes(table: SqlTable, scan: Scan, keyName: string): string[] {
  const columnsOf = (index: string | undefined): string[] => {
    return scanColumns(scan.table, index).slice(0, scan.prefix.length).toSorted();
  };
  const wanted = columnsOf(scan.index);
  // A scan for one row is a lookup: any index that finds the row will do.
  const isOfOneRow = scan.table.key.every((column) => wanted.includes(column));
  const isFitting = (index: string | undefined): boolean => {
    return isOfOneRow || columnsOf(index).join() === wanted.join() || isSameOrder(index);
  };
  // Orders in which the rows of one partition are sorted as wanted, next to the columns of the
  // prefix.
  const orderOf = (index: string | undefined): string[] => {
    const columns = scanColumns(scan.table, index);
    return columns.filter((column) => !wanted.includes(column));
  };
  const isSameOrder = (index: string | undefined): boolean => {
    const isOfPartition =
      scanColumns(scan.table, index)[0] === scanColumns(scan.table, scan.index)[0];
    return isOfPartition && orderOf(index).join() === orderOf(scan.index).join();
  };
  const others = scan.table.indexes.filter(({ name }) => isFitting(name));
  return [
    ...(isFitting(undefined) ? [keyName] : []),
    ...others.map((index) => indexName(table, index)),
  ];
}

function nameOf({ table, index, prefix, after, before, reverse }: Scan): string {
  const parts = [
    `${table.name}.${index ?? 'key'}`,
    prefix.length,
    after?.length ?? 0,
    before?.length ?? 0,
  ];
  return `${parts.join(' ')} ${reverse ? 'down' : 'up'}`;
}

function sqlTables(dialect: SqlDialect): Map<Table, SqlTable> {
  return new Map(allTables.map((table) => [table, new SqlTable(dialect, table)]));
}

test('there are many lists', () => {
  expect([...allScans()].length).toBeGreaterThan(300);
});

/** Whether a plan of SQLite's is one search, in an index in which the rows are adjacent. */
function isIndexSearch(plan: string, table: SqlTable, scan: Scan): boolean {
  const search = /^SEARCH \w+ USING (?:COVERING )?(?:INDEX (\w+)|PRIMARY KEY) [^;]*$/.exec(plan);
  const index = search?.[1]?.startsWith('sqlite_autoindex') ? 'key' : (search?.[1] ?? 'key');
  return search !== null && fittingIndexes(table, scan, 'key').includes(index);
}

describe.runIf(isEngineChosen('sqlite'))('sqlite', () => {
  test('searches an index for every list, and neither scans nor sorts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skein-'));
    try {
      const path = join(folder, 'skein.db');
      const engine = await OpenEngine.open(sqlite({ path }), allTables);
      await fillTablesForTesting(engine);
      await engine.close();
      const database = new Database(path);
      const tables = sqlTables(sqliteDialect);
      const misfits: string[] = [];
      for (const isAnalyzed of [false, true]) {
        if (isAnalyzed) database.exec('ANALYZE');
        for (const scan of allScans()) {
          const table = tables.get(scan.table)!;
          const statement = database.prepare(`EXPLAIN QUERY PLAN ${scanStatement(table, scan)}`);
          // The columns of EXPLAIN QUERY PLAN.
          const steps = statement.all(...scanValues(table, scan)) as { detail: string }[];
          const plan = steps.map(({ detail }) => detail).join('; ');
          if (!isIndexSearch(plan, table, scan)) misfits.push(`${nameOf(scan)}: ${plan}`);
        }
      }
      database.close();
      expect(misfits).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * Whether a plan of PostgreSQL's walks up to a limit along an index in which the rows are adjacent,
 * and takes them all.
 */
function isIndexWalk(
  [limit, walk, ...rest]: readonly PlanNode[],
  table: SqlTable,
  scan: Scan,
): boolean {
  if (limit?.['Node Type'] !== 'Limit' || walk === undefined || rest.length > 0) return false;
  if (!/^Index (?:Only )?Scan$/.test(walk['Node Type'])) return false;
  if ((walk['Rows Removed by Filter'] ?? 0) > 0) return false;
  // The planner takes a range with two bounds for so narrow that another index may look as good.
  if (scan.after !== undefined && scan.before !== undefined) return true;
  const fitting = fittingIndexes(table, scan, `${scan.table.name}_pkey`);
  return fitting.includes(walk['Index Name'] ?? '');
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

describe.runIf(isEngineChosen('postgres'))('postgres', () => {
  async function withFilledSchema(
    run: (client: Client, tables: Map<Table, SqlTable>, schema: string) => Promise<void>,
  ): Promise<void> {
    await using database = await schemaForTesting();
    const { url, schema } = database;
    const engine = await OpenEngine.open(postgres({ url, schema }), allTables);
    await fillTablesForTesting(engine);
    await engine.close();
    const client = new Client({
      connectionString: url,
      options: settings.map((s) => `-c ${s}`).join(' '),
    });
    await client.connect();
    try {
      await run(client, sqlTables(postgresDialect(schema)), schema);
    } finally {
      await client.end();
    }
  }

  /** The plan of the engine's own prepared statement. */
  async function explain(
    client: Client,
    text: string,
    values: readonly unknown[],
  ): Promise<PlanNode[]> {
    await client.query(`PREPARE explained AS ${text}`);
    const literals = values.map((value) => escapeLiteral(String(value))).join(', ');
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained(${literals})`,
    );
    await client.query('DEALLOCATE explained');
    return nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan);
  }

  test('walks an index up to a limit for every list, and neither sorts nor counts', async () => {
    await withFilledSchema(async (client, tables) => {
      const misfits: string[] = [];
      for (const isAnalyzed of [false, true]) {
        if (isAnalyzed) await client.query('ANALYZE');
        for (const scan of allScans()) {
          const table = tables.get(scan.table)!;
          const nodes = await explain(client, scanStatement(table, scan), scanValues(table, scan));
          if (!isIndexWalk(nodes, table, scan)) {
            misfits.push(`${nameOf(scan)}: ${JSON.stringify(nodes)}`);
          }
        }
      }
      expect(misfits).toEqual([]);
    });
  });

  test('finds what a commit reads and writes by keys alone', async () => {
    await withFilledSchema(async (client, tables, schema) => {
      await client.query(`INSERT INTO "${schema}".skein_lanes VALUES ('lane', 0, '', now())`);
      const commits = Array.from({ length: 3 }, (_, i) => {
        const head = { ...headRow(i), version: i };
        const commit = {
          puts: [
            { table: threads, row: { ...head, title: 'new' }, replaces: head },
            { table: threads, row: { ...headRow(i + 10) } },
          ],
          deletes: [
            { table: items, key: [`id ${i}`, `id ${i}`] },
            { table: edges, key: [`id ${i}`, 'a', 'b', 'c'] },
          ],
          expects: [
            { table: threads, key: [head.id], version: i },
            { table: items, key: [head.id, 'absent'], version: 'absent' as const },
          ],
        };
        return planCommit(commit, (table) => tables.get(table)!);
      });
      const lane = { table: `"${schema}".skein_lanes`, values: ['lane', '0'] } as const;
      const { text, values } = commitStatement(commits, lane, false);
      const types = (await explain(client, text, values)).map((node) => node['Node Type']);
      expect(types).toContain('ModifyTable');
      for (const type of types)
        expect(type).not.toMatch(/Seq Scan|Sort|Hash Join|Merge Join|Materialize/);
    });
  });
});

function headRow(
  i: number,
): { readonly [column: string]: string | number | boolean | null } & { id: string } {
  return {
    id: `id ${i}`,
    projectId: 'p',
    ownerId: 'o',
    mode: 'assistant',
    title: 'old',
    titleSource: 'default',
    visibility: 'private',
    metadata: null,
    tags: null,
    archived: false,
    createdAt: 0,
    updatedAt: 0,
    version: i,
    itemCount: 0,
    lastPreview: '',
  };
}
