import type { StoreExamination } from '../../domain/base/examination.ts';
import type { Noun } from '../../domain/base/noun.ts';
import { deletion, put, type Records } from '../../records/records.ts';
import { tasks, threads, type ThreadRow } from '../../records/tables.ts';
import { newUuidV7 } from '../../shared/ids.ts';

/** A task names a thread, and a kind that one of the nouns knows. */
export async function examineTasks(exam: StoreExamination, nouns: readonly Noun[]): Promise<void> {
  const kinds = new Set(nouns.flatMap((noun) => Object.keys(noun.tasks ?? {})));
  for await (const { id, kind, threadId } of exam.rows(tasks)) {
    if (!kinds.has(kind))
      await exam.found('state', `the task ${id} is of the kind ${kind}, which nothing does`);
    else if ((await exam.records.get(threads, [threadId])) === undefined) {
      await exam.found(
        'leftover',
        `the task ${id} is for the thread ${threadId}, which is not there`,
        () => exam.records.commit({ deletes: [deletion(tasks, [id])] }),
      );
    }
  }
}

/** The deleted threads whose rows are still to go. */
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

  /** The store purges the thread when it is opened next. */
  async promise({ id: threadId, updatedAt }: ThreadRow): Promise<void> {
    const task = { id: newUuidV7(updatedAt), kind: 'purge', threadId };
    await this.#records.commit({ puts: [put(tasks, task, null)] });
  }

  async #read(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const { kind, threadId } of this.#records.scanTable(tasks)) {
      if (kind === 'purge') ids.add(threadId);
    }
    return ids;
  }
}
