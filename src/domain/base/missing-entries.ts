import type { Records, Row, Scalar } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { Examination } from './examination.ts';

/**
 * The names of those of a table's indexes in which a row has no entry, though it has all columns of
 * the index. An engine loses entries only where a commit said wrongly what it replaces.
 */
export async function missingEntries<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  row: R,
): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, columns } of table.indexes) {
    if (columns.some((column) => row[column] === undefined)) continue;
    const rest = table.key.filter((column) => !columns.includes(column));
    const prefix = [...columns, ...rest].map((column) => row[column] as Scalar); // no JSON stands in an index
    const [entry] = await records.scan(table, { index: name, prefix, limit: 1 });
    if (entry === undefined) missing.push(name);
  }
  return missing;
}

/** Finds lost entries of a row, and writes them anew. `what` names the row. */
export async function examineEntries<R extends Row>(
  exam: Examination,
  table: TypedTable<R>,
  row: R,
  what: string,
): Promise<void> {
  for (const index of await missingEntries(exam.records, table, row)) {
    // Told that there was no row, an engine writes all of its entries.
    await exam.found('list', `${what} is missing in the list ${index}`, () =>
      exam.records.commit({ puts: [{ table, row, replaces: null }] }),
    );
  }
}
