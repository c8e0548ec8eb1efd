import type { ColumnType } from '../../engine/engine.ts';
import { systemClock } from '../../shared/clock.ts';
import { SkeinError } from '../../shared/error.ts';
import {
  MigrationsPendingError,
  type Migration,
  migrationModes,
  type MigrationMode,
  type MigrationOptions,
} from '../../shared/migration.ts';
import {
  addColumn,
  checkNames,
  createIndexStatement,
  createTableStatement,
  namesOf,
} from './sql-definition.ts';
import { quote, type SqlDialect, type SqlValue } from './sql-dialect.ts';
import type { SqlTable } from './sql-table.ts';
import {
  compareTable,
  newerError,
  recordOf,
  type TableChange,
  type TableRecord,
} from './table-record.ts';

/** A migration's access to its database. */
export interface MigrationHost {
  readonly dialect: SqlDialect;
  /** Runs one statement; rows are arrays of values. */
  run(sql: string, values?: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]>;
  /** The names of all tables, indexes and views of the schema. */
  names(): Promise<ReadonlySet<string>>;
  /** The engine's own tables, besides the common ones. */
  readonly ownTables: readonly OwnTable[];
  /**
   * Runs a task in one transaction, under a lock that only one program holds at a time. An error
   * undoes everything.
   */
  transact(task: () => Promise<void>): Promise<void>;
}

export interface OwnTable {
  readonly name: string;
  /** The first one is the key. */
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/**
 * The steps of the format itself, numbered from 1, never renumbered or changed once published. They
 * make the same in every database of a dialect; the declared tables follow their declarations.
 */
const formatSteps: readonly FormatStep[] = [
  {
    name: 'the marker and the log of migrations',
    statements: (host) => [
      ownTable(host.dialect, 'skein_meta', { name: 'string', value: 'string' }),
      ownTable(host.dialect, 'skein_migrations', {
        number: 'int',
        name: 'string',
        appliedAt: 'timestamp',
      }),
      ...host.ownTables.map(({ name, columns }) => ownTable(host.dialect, name, columns)),
    ],
  },
];

/** The first column is the key, and all are required. */
function ownTable(
  dialect: SqlDialect,
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
): string {
  const [key = ''] = Object.keys(columns);
  const definitions = Object.entries(columns).map(([column, type]) => {
    return `${quote(column)} ${dialect.columnTypes[type]} NOT NULL`;
  });
  const options = dialect.tableOptions(false);
  return `CREATE TABLE ${dialect.tableName(name)} (${definitions.join(', ')}, PRIMARY KEY (${quote(key)}))${options}`;
}

interface FormatStep {
  readonly name: string;
  readonly statements: (host: MigrationHost) => readonly string[];
}

/**
 * Migrates a database to what this program declares. Only reads a database that is up to date;
 * otherwise does everything that is missing in one transaction under a lock, as numbered migrations
 * that `skein_migrations` logs.
 *
 * Throws `unavailable`, with nothing written, for a database of a newer version, for one whose
 * tables cannot become the declared ones, for one in which another program has tables of these
 * names, and (`MigrationsPendingError`) for one that the options do not allow to change.
 */
export async function migrate(
  host: MigrationHost,
  tables: readonly SqlTable[],
  { migrate: mode = 'always', onMigration }: MigrationOptions = {},
): Promise<void> {
  checkNames(tables);
  if (isEmpty(await planAllowed(host, tables, mode))) return;
  let done: readonly Migration[] = [];
  await host.transact(async () => {
    // Another program may have done it while this one waited for the lock.
    done = await apply(host, tables, await planAllowed(host, tables, mode));
  });
  for (const migration of done) onMigration?.(migration);
}

/** Throws what `migrate` would throw for the database as it is now, and writes nothing. */
export async function checkMigration(
  host: MigrationHost,
  tables: readonly SqlTable[],
  { migrate: mode = 'always' }: MigrationOptions,
): Promise<void> {
  await planAllowed(host, tables, mode);
}

/** The part of a configuration that concerns migrations. Throws `TypeError` for an unknown mode. */
export function checkMigrationOptions(options: MigrationOptions): MigrationOptions {
  const { migrate: mode = 'always', onMigration } = options;
  if (!migrationModes.includes(mode)) {
    throw new TypeError(`migrate must be one of ${migrationModes.join(', ')}`);
  }
  return { migrate: mode, ...(onMigration && { onMigration }) };
}

async function planAllowed(
  host: MigrationHost,
  tables: readonly SqlTable[],
  mode: MigrationMode,
): Promise<Plan> {
  const state = await readState(host, tables);
  const plan = planFor(state, tables);
  const isNew = state.format === 0;
  if (isEmpty(plan) || mode === 'always' || (mode === 'empty' && isNew)) return plan;
  const done = isNew ? 0 : await lastNumber(host);
  const pending = titlesOf(plan).map((name, i) => ({ number: done + i + 1, name }));
  throw new MigrationsPendingError(pending, isNew);
}

interface State {
  /** 0 for a database without anything of Skein's. */
  readonly format: number;
  readonly tables: ReadonlyMap<string, TableRecord>;
}

interface Plan {
  readonly formatSteps: readonly FormatStep[];
  readonly changes: ReadonlyMap<SqlTable, TableChange>;
}

async function readState(host: MigrationHost, tables: readonly SqlTable[]): Promise<State> {
  const names = await host.names();
  if (!names.has('skein_meta')) {
    const ours = ['skein_meta', 'skein_migrations', ...host.ownTables.map(({ name }) => name)];
    const clash = [...ours, ...tables.flatMap(namesOf)].find((name) => names.has(name));
    if (clash === undefined) return { format: 0, tables: new Map() };
    throw new SkeinError(
      'unavailable',
      `The database already has something named ${clash} that is not Skein's: use another database or schema.`,
    );
  }
  const rows = await host.run(
    `SELECT "name", "value" FROM ${host.dialect.tableName('skein_meta')}`,
  );
  const meta = new Map(rows.map(([name, value]) => [String(name), String(value)]));
  const records = [...meta].filter(([name]) => name.startsWith(recordPrefix));
  return {
    format: parseFormat(meta.get('format')),
    tables: new Map(
      // `apply` below wrote it.
      records.map(([name, text]) => [
        name.slice(recordPrefix.length),
        JSON.parse(text) as TableRecord,
      ]),
    ),
  };
}

const recordPrefix = 'table:';

function parseFormat(text: string | undefined): number {
  const format = Number(text);
  if (Number.isInteger(format) && format > 0) return format;
  throw new SkeinError(
    'unavailable',
    "The database's table skein_meta is not Skein's: it names no format. Use another database or schema.",
  );
}

function planFor(state: State, tables: readonly SqlTable[]): Plan {
  if (state.format > formatSteps.length) {
    throw newerError(`its format is ${state.format}, and this program knows ${formatSteps.length}`);
  }
  const declared = new Set(tables.map(({ table }) => table.name));
  const unknown = [...state.tables.keys()].find((name) => !declared.has(name));
  if (unknown !== undefined) throw newerError(`this program does not know its table ${unknown}`);
  return {
    formatSteps: formatSteps.slice(state.format),
    changes: new Map(
      tables
        .map(
          (table) =>
            [table, compareTable(table.table, state.tables.get(table.table.name))] as const,
        )
        .filter(([, change]) => change.isNew || change.columns.length + change.indexes.length > 0),
    ),
  };
}

function isEmpty({ formatSteps: steps, changes }: Plan): boolean {
  return steps.length === 0 && changes.size === 0;
}

async function apply(
  host: MigrationHost,
  tables: readonly SqlTable[],
  plan: Plan,
): Promise<readonly Migration[]> {
  const done: Migration[] = [];
  for (const step of plan.formatSteps) {
    for (const statement of step.statements(host)) await host.run(statement);
    done.push(await log(host, step.name));
  }
  if (plan.formatSteps.length > 0) await setMeta(host, 'format', String(formatSteps.length));
  for (const [table, change] of inOrderOfParents(plan.changes)) {
    const parent = tables.find((other) => other.table.name === table.table.parent);
    for (const statement of statementsFor(table, change, parent)) await host.run(statement);
    await setMeta(
      host,
      `${recordPrefix}${table.table.name}`,
      JSON.stringify(recordOf(table.table)),
    );
    done.push(await log(host, titleOf(table, change)));
  }
  return done;
}

/** The names of the migrations, in the order in which `apply` does them. */
function titlesOf({ formatSteps: steps, changes }: Plan): string[] {
  const tables = inOrderOfParents(changes).map(([table, change]) => titleOf(table, change));
  return [...steps.map(({ name }) => name), ...tables];
}

/** A table comes after the one that its foreign key refers to. */
function inOrderOfParents(changes: Plan['changes']): (readonly [SqlTable, TableChange])[] {
  const byName = new Map([...changes.keys()].map((table) => [table.table.name, table]));
  const depth = ({ table }: SqlTable): number => {
    const parent = table.parent === undefined ? undefined : byName.get(table.parent);
    return parent ? depth(parent) + 1 : 0;
  };
  return [...changes].toSorted(([a], [b]) => depth(a) - depth(b));
}

function statementsFor(
  table: SqlTable,
  change: TableChange,
  parent: SqlTable | undefined,
): string[] {
  const indexes = table.table.indexes.filter(({ name }) => change.indexes.includes(name));
  return [
    ...(change.isNew
      ? [createTableStatement(table, parent)]
      : change.columns.map((name) => addColumn(table, table.column(name)))),
    ...indexes.map((index) => createIndexStatement(table, index)),
  ];
}

function titleOf({ table }: SqlTable, { isNew, columns, indexes }: TableChange): string {
  if (isNew) return `create ${table.name}`;
  return `add to ${table.name}: ${[...columns, ...indexes].join(', ')}`;
}

async function log(host: MigrationHost, name: string): Promise<Migration> {
  const { dialect } = host;
  const number = (await lastNumber(host)) + 1;
  const placeholders = [1, 2, 3].map((position) => dialect.placeholder(position)).join(', ');
  await host.run(
    `INSERT INTO ${dialect.tableName('skein_migrations')} ("number", "name", "appliedAt") ` +
      `VALUES (${placeholders})`,
    [number, name, dialect.encode('timestamp', systemClock())],
  );
  return { number, name };
}

async function lastNumber(host: MigrationHost): Promise<number> {
  const table = host.dialect.tableName('skein_migrations');
  const [row] = await host.run(`SELECT coalesce(max("number"), 0) FROM ${table}`);
  return Number(row?.[0]);
}

async function setMeta(host: MigrationHost, name: string, value: string): Promise<void> {
  const placeholders = [1, 2].map((position) => host.dialect.placeholder(position)).join(', ');
  await host.run(
    `INSERT INTO ${host.dialect.tableName('skein_meta')} ("name", "value") ` +
      `VALUES (${placeholders}) ` +
      'ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"',
    [name, value],
  );
}
