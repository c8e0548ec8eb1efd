import { requiredColumns, scanColumns } from '../../engine/checks.ts';
import type { Index } from '../../engine/engine.ts';
import { quote } from './sql-dialect.ts';
import type { SqlColumn, SqlTable } from './sql-table.ts';

/** The statements that make tables and indexes. */

/** PostgreSQL truncates longer names silently. */
const nameLengthMax = 63;

export function createTableStatement(table: SqlTable, parent: SqlTable | undefined): string {
  const lines = [
    ...table.columns.map((column) => columnDefinition(table, column)),
    `PRIMARY KEY (${columnList(table.key)})`,
  ];
  if (parent) {
    const own = table.key.slice(0, parent.key.length);
    lines.push(
      `FOREIGN KEY (${columnList(own)}) REFERENCES ${parent.name} (${columnList(parent.key)}) ` +
        `ON DELETE CASCADE${table.dialect.foreignKeyOptions}`,
    );
  }
  const options = table.dialect.tableOptions(table.hasJson);
  return `CREATE TABLE ${table.name} (\n  ${lines.join(',\n  ')}\n)${options}`;
}

export function addColumn(table: SqlTable, column: SqlColumn): string {
  return `ALTER TABLE ${table.name} ADD COLUMN ${columnDefinition(table, column)}`;
}

/** An index has only the rows with all of its columns, as the engine contract says. */
export function createIndexStatement(table: SqlTable, index: Index): string {
  const columns = scanColumns(table.table, index.name).map((name) => table.column(name));
  const condition = presenceOf(table, index);
  const where = condition.length > 0 ? ` WHERE ${condition.join(' AND ')}` : '';
  const name = quote(indexName(table, index));
  return `CREATE INDEX ${name} ON ${table.name} (${columnList(columns)})${where}`;
}

/** The conditions for a row to be in an index: none if all of its columns are required. */
export function presenceOf(table: SqlTable, index: Index): string[] {
  return requiredColumns(index)
    .map((name) => table.column(name))
    .filter(({ isOptional }) => isOptional)
    .map(({ quoted }) => `${quoted} IS NOT NULL`);
}

export function indexName({ table }: SqlTable, index: Index): string {
  return `${table.name}_${index.name}`;
}

/** Every name that a table takes in its schema. */
export function namesOf(table: SqlTable): string[] {
  return [table.table.name, ...table.table.indexes.map((index) => indexName(table, index))];
}

export function checkNames(tables: readonly SqlTable[]): void {
  for (const name of tables.flatMap(namesOf)) {
    if (name.length > nameLengthMax)
      throw new TypeError(`The name ${name} has more than ${nameLengthMax} characters`);
  }
}

function columnDefinition({ dialect }: SqlTable, { quoted, type, isOptional }: SqlColumn): string {
  return `${quoted} ${dialect.columnTypes[type]}${isOptional ? '' : ' NOT NULL'}`;
}

export function columnList(columns: readonly SqlColumn[]): string {
  return columns.map(({ quoted }) => quoted).join(', ');
}
