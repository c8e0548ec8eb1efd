import { deletion, put, type Records } from '../../records/records.ts';
import { shardOf } from '../../records/new-task.ts';
import { taskQueue, tasks } from '../../records/tables.ts';

const stepRowsMax = 100;

/**
 * Moves the tasks of an earlier version into the queue, in bounded steps. Each task is put into the
 * queue before it is deleted from the former table: after a crash it may be in both, and is moved
 * again at the next opening; a task may run twice.
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
