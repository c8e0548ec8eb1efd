/**
 * The lines of an export; `docs/formats/export.md` has the grammar.
 *
 *   file    = header *row trailer
 *   header  = {"type":"skein","format":2,"writtenAt":time,"selection":{…},"leftOut":{table:reason}
 *             [,"protected":true]}
 *   row     = {"table":name,"row":{column:value}}
 *   trailer = {"type":"end","rows":{table:count},"digest":sha256}
 *
 * The digest is that of the lines of the rows, each with its line end. Columns stand in the order
 * of their declaration, absent ones are left out.
 */
import type { ExportSelection } from '../../api/transfer.ts';
import type { Column, Row, Table, Value } from '../../engine/engine.ts';
import { SkeinError } from '../../shared/error.ts';
import { isObject, parseJsonExactly, type JsonObject, type JsonValue } from '../../shared/json.ts';

/** Rises when a reader of the previous number would lose something. 1 was one project's threads. */
const exportFormat = 2;

export function headerLine(header: {
  readonly writtenAt: string;
  readonly selection: ExportSelection;
  readonly leftOut: Readonly<Record<string, string>>;
  /** The store asks for credentials, so one that is made from the file does, too. */
  readonly isProtected: boolean;
}): string {
  const { isProtected, ...rest } = header;
  const mark = isProtected && { protected: true };
  return JSON.stringify({ type: 'skein', format: exportFormat, ...rest, ...mark });
}

export function rowLine(table: Table, row: Row): string {
  const columns: Record<string, Value> = {};
  for (const name of Object.keys(table.columns)) {
    const value = row[name];
    if (value !== undefined) columns[name] = value;
  }
  return JSON.stringify({ table: table.name, row: columns });
}

export function trailerLine(rows: Readonly<Record<string, number>>, digest: string): string {
  return JSON.stringify({ type: 'end', rows, digest });
}

type TransferLine =
  | { readonly type: 'header'; readonly isProtected: boolean }
  | { readonly type: 'row'; readonly table: Table; readonly row: Row }
  | {
      readonly type: 'end';
      readonly rows: Readonly<Record<string, JsonValue>>;
      readonly digest: string;
    };

/** Throws `invalid_request`. */
export function parseTransferLine(
  tables: ReadonlyMap<string, Table>,
  text: string,
  number: number,
): TransferLine {
  const object = parseObject(text, number);
  if (typeof object.table === 'string') {
    const table = tables.get(object.table);
    if (table === undefined) {
      throw badLine(number, `is of the table ${object.table}, which this version does not know`);
    }
    return { type: 'row', table, row: rowOf(table, object.row, number) };
  }
  if (object.type === 'skein') return headerOf(object, number);
  if (object.type === 'end' && isObject(object.rows) && typeof object.digest === 'string') {
    return { type: 'end', rows: object.rows, digest: object.digest };
  }
  throw badLine(number, 'is no line of an export of Skein');
}

/** A line that cannot be taken, in words that follow "line 7". */
export function badLine(number: number, message: string, cause?: unknown): SkeinError {
  return new SkeinError('invalid_request', `line ${number} ${message}`, { cause });
}

function parseObject(text: string, number: number): JsonObject {
  let value: JsonValue;
  try {
    value = parseJsonExactly(text);
  } catch (error) {
    if (!(error instanceof SkeinError)) throw error;
    throw badLine(number, 'is not JSON, or holds a number that cannot be kept exactly', error);
  }
  if (isObject(value)) return value;
  throw badLine(number, 'is not a JSON object');
}

function headerOf(object: JsonObject, number: number): TransferLine {
  if (object.format === exportFormat) {
    return { type: 'header', isProtected: object.protected === true };
  }
  throw badLine(
    number,
    `has the format ${JSON.stringify(object.format)}; this version reads ${exportFormat}`,
  );
}

function rowOf(table: Table, value: JsonValue | undefined, number: number): Row {
  if (!isObject(value)) throw badLine(number, 'has no row');
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(table.columns, name)) continue;
    throw badLine(number, `has ${table.name}.${name}, which this version does not know`);
  }
  for (const [name, column] of Object.entries(table.columns)) {
    if (fits(column, Object.hasOwn(value, name) ? value[name] : undefined)) continue;
    throw badLine(number, `must have ${table.name}.${name} as ${column.type}`);
  }
  return value;
}

function fits({ type, optional = false }: Column, value: Value | undefined): boolean {
  if (value === undefined) return optional;
  switch (type) {
    case 'json':
      return true;
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number';
    case 'int':
    case 'timestamp':
      return Number.isSafeInteger(value);
  }
}
