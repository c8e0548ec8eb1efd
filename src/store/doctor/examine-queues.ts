import type { Table } from '../../engine/engine.ts';
import type { StoreExamination } from '../../domain/base/examination.ts';
import { deletion } from '../../records/records.ts';
import { queuePlaces, type QueuePlaceRow } from '../../records/tables.ts';
import { beginningOfTimeMs } from '../../records/time-queue.ts';

/**
 * No entry may precede the position where a queue by time begins, since no sweep would ever find
 * it. Without the row, a sweep begins at the beginning of time.
 */
export async function examineQueues(
  exam: StoreExamination,
  tables: readonly Table[],
): Promise<void> {
  for await (const row of exam.rows(queuePlaces)) {
    const passedOver = await findPassedOver(exam, tables, row);
    if (passedOver === undefined) continue;
    const detail = `the queue ${row.queue} begins behind an entry of ${new Date(passedOver).toISOString()}`;
    await exam.found('list', detail, () =>
      exam.records.commit({ deletes: [deletion(queuePlaces, [row.queue], row)] }),
    );
  }
}

/** The time of the oldest entry before the position. */
async function findPassedOver(
  exam: StoreExamination,
  tables: readonly Table[],
  { queue, beginsAt }: QueuePlaceRow,
): Promise<number | undefined> {
  const [tableName, name] = queue.split('.');
  const table = tables.find((other) => other.name === tableName);
  const index = table?.indexes.find((other) => other.name === name);
  if (table === undefined || index === undefined) return undefined; // of a newer version
  const [oldest] = await exam.records.scan<Readonly<Record<string, unknown>>>(table, {
    index: index.name,
    prefix: [],
    after: [beginningOfTimeMs],
    before: [beginsAt],
    limit: 1,
  });
  return oldest && Number(oldest[index.columns[0]!]);
}
