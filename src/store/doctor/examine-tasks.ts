import type { StoreExamination } from '../../domain/base/examination.ts';
import type { Noun } from '../../domain/base/noun.ts';
import type { Delete } from '../../engine/engine.ts';
import { newTask } from '../../records/new-task.ts';
import { deletion, put, type Records } from '../../records/records.ts';
import {
  taskQueue,
  tasks,
  threads,
  type FormerTaskRow,
  type ThreadRow,
} from '../../records/tables.ts';

/** A task must name a thread and a kind that a noun handles; so must a task in the former table. */
export async function examineTasks(exam: StoreExamination, nouns: readonly Noun[]): Promise<void> {
  const kinds = new Set(nouns.flatMap((noun) => Object.keys(noun.tasks ?? {})));
  for await (const task of exam.rows(tasks)) {
    await examineTask(exam, kinds, task, deletion(tasks, [task.id]));
  }
  for await (const task of exam.rows(taskQueue)) {
    await examineTask(exam, kinds, task, deletion(taskQueue, [task.shard, task.id]));
  }
}

async function examineTask(
  exam: StoreExamination,
  kinds: ReadonlySet<string>,
  { id, kind, threadId }: FormerTaskRow,
  removal: Delete,
): Promise<void> {
  if (!kinds.has(kind)) {
    await exam.found('state', `the task ${id} is of the kind ${kind}, which no noun handles`);
  } else if ((await exam.records.get(threads, [threadId])) === undefined) {
    const detail = `the task ${id} is for the thread ${threadId}, which does not exist`;
    await exam.found('leftover', detail, () => exam.records.commit({ deletes: [removal] }));
  }
}

/** The deleted threads whose rows are still to be purged. */
export class PromisedPurges {
  readonly #records: Records;
  #ids: Promise<Set<string>> | undefined;

  constructor(records: Records) {
    this.#records = records;
  }

  async has(threadId: string): Promise<boolean> {
    this.#ids ??= this.#read();
    return (await this.#ids).has(threadId);
  }

  /** Makes the store purge the thread when it opens next. */
  async promise({ id: threadId, updatedAt }: ThreadRow): Promise<void> {
    const task = newTask(updatedAt, { kind: 'purge', threadId });
    await this.#records.commit({ puts: [put(taskQueue, task, null)] });
  }

  async #read(): Promise<Set<string>> {
    const ids = new Set<string>();
    for (const table of [tasks, taskQueue]) {
      for await (const { kind, threadId } of this.#records.scanTable<FormerTaskRow>(table)) {
        if (kind === 'purge') ids.add(threadId);
      }
    }
    return ids;
  }
}
