import { deletion, put, type Records } from '../../records/records.ts';
import { shardOf } from '../../records/new-task.ts';
import { taskQueue, tasks } from '../../records/tables.ts';

const stepRowsMax = 100;

/**
 * Moves what an earlier version has promised into the queue, in bounded steps. Each task is put
 * before it is taken from where it was, so that a crash leaves it there, too, and another opening
 * moves it again; a task may run twice.
 */
export async function moveTasks(records: Records): Promise<void> {
  for (;;) {
    const rows = await records.scan(tasks, { prefix: [], maintenance: true, limit: stepRowsMax });
    if (rows.length === 0) return;
    await records.commit({
      puts: rows.map((row) => put(taskQueue, { ...row, shard: shardOf(row.id) })),
    });
    await records.commit({ deletes: rows.map((row) => deletion(tasks, [row.id], row)) });
    if (rows.length < stepRowsMax) return;
  }
}
