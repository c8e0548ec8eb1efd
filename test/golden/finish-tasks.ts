import type { Store } from 'skein';
import type { Engine, Table } from 'skein/engine';
import { scanAll } from './read-rows.ts';

/**
 * Resolves when an open store has finished all promised tasks and ended the runs of dead processes.
 * Every table of tasks has `task` in its name.
 */
export async function tasksFinished(
  store: Store,
  engine: Engine,
  tables: readonly Table[],
): Promise<void> {
  const queues = tables.filter(({ name }) => name.includes('task'));
  const runs = tables.filter(({ name }) => name === 'runs');
  const isDone = async (): Promise<boolean> => {
    for (const table of queues) if ((await scanAll(engine, table)).length > 0) return false;
    const rows = (await Promise.all(runs.map((table) => scanAll(engine, table)))).flat();
    return !rows.some(({ status }) => status === 'running' || status === 'queued');
  };
  while (!(await isDone())) await new Promise((resolve) => setImmediate(resolve));
  await store.checkReady();
}
