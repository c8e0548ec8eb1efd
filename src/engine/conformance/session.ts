import type { Engine, Table } from '../engine.ts';
import { OpenEngine } from '../open-engine.ts';
import { keepPartitionLog, PartitionLog, withPartitionLog } from './partition-log.ts';
import type { Subject } from './subject.ts';
import { tablesForTests } from './tables-for-tests.ts';

/**
 * One test's store. `engine` changes when the store is reopened, so read it from the session each
 * time.
 */
export class Session {
  readonly subject: Subject;
  readonly #partitions: PartitionLog;
  #engine: OpenEngine;

  private constructor(subject: Subject, partitions: PartitionLog, engine: OpenEngine) {
    this.subject = subject;
    this.#partitions = partitions;
    this.#engine = engine;
  }

  static async start(subject: Subject): Promise<Session> {
    try {
      const log = new PartitionLog();
      const engine = await openLogged(await subject.open(), tablesForTests, log);
      return new Session(subject, log, engine);
    } catch (error) {
      await subject.destroy();
      throw error;
    }
  }

  get engine(): OpenEngine {
    return this.#engine;
  }

  /** Closes the store and opens it again, optionally with other tables. */
  async reopen(tables: readonly Table[] = tablesForTests): Promise<void> {
    await this.#engine.close();
    this.#engine = await this.#openAgain(tables);
  }

  /** Crashes the store and opens it again. */
  async crash(): Promise<void> {
    if (!this.subject.crash) throw new TypeError('The subject cannot crash.');
    await this.subject.crash();
    this.#engine = await this.#openAgain(tablesForTests);
  }

  /** Another engine for the same store, not yet opened. */
  async engineForReopening(): Promise<Engine> {
    if (!this.subject.reopen) throw new TypeError('The subject cannot reopen.');
    return await this.subject.reopen();
  }

  async #openAgain(tables: readonly Table[]): Promise<OpenEngine> {
    return await openLogged(await this.engineForReopening(), tables, this.#partitions);
  }

  async end(): Promise<void> {
    try {
      await this.#engine.close();
    } finally {
      await this.subject.destroy();
    }
  }
}

async function openLogged(
  engine: Engine,
  tables: readonly Table[],
  log: PartitionLog,
): Promise<OpenEngine> {
  const open = await OpenEngine.open(withPartitionLog(engine, log), tables);
  keepPartitionLog(open, log);
  return open;
}
