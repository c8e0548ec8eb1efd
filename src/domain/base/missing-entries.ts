import type { Records, Row, Scalar } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { Examination } from './examination.ts';

/**
 * The names of the indexes that lack an entry for a row, though it has all their columns. An engine
 * loses entries only if a commit passed a wrong `replaces`.
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
    // Index columns are never JSON.
    const prefix = [...columns, ...rest].map((column) => row[column] as Scalar);
    const [entry] = await records.scan(table, { index: name, prefix, limit: 1 });
    if (entry === undefined) missing.push(name);
  }
  return missing;
}

/** Finds lost index entries of a row and writes them again. `what` names the row. */
export async function examineEntries<R extends Row>(
  exam: Examination,
  table: TypedTable<R>,
  row: R,
  what: string,
): Promise<void> {
  for (const index of await missingEntries(exam.records, table, row)) {
    // If `replaces` is null, an engine writes all entries of the row.
    await exam.found('list', `${what} is missing in the list ${index}`, () =>
      exam.records.commit({ puts: [{ table, row, replaces: null }] }),
    );
  }
}
