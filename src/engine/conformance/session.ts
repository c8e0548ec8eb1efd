import type { Engine, Table } from '../engine.ts';
import { OpenEngine } from '../open-engine.ts';
import type { Subject } from './subject.ts';
import { tablesForTests } from './tables-for-tests.ts';

/** One test's store. `engine` changes when the store is reopened: take it from the session each time. */
export class Session {
  readonly subject: Subject;
  #engine: OpenEngine;

  private constructor(subject: Subject, engine: OpenEngine) {
    this.subject = subject;
    this.#engine = engine;
  }

  static async start(subject: Subject): Promise<Session> {
    try {
      const engine = await OpenEngine.open(await subject.open(), tablesForTests);
      return new Session(subject, engine);
    } catch (error) {
      await subject.destroy();
      throw error;
    }
  }

  get engine(): OpenEngine {
    return this.#engine;
  }

  /** Closes the store and opens it again, perhaps with other tables. */
  async reopen(tables: readonly Table[] = tablesForTests): Promise<void> {
    await this.#engine.close();
    this.#engine = await OpenEngine.open(await this.engineForReopening(), tables);
  }

  /** Crashes the store and opens it again. */
  async crash(): Promise<void> {
    if (!this.subject.crash) throw new TypeError('The subject cannot crash.');
    await this.subject.crash();
    this.#engine = await OpenEngine.open(await this.engineForReopening(), tablesForTests);
  }

  /** Another engine for the same store, not yet opened. */
  async engineForReopening(): Promise<Engine> {
    if (!this.subject.reopen) throw new TypeError('The subject cannot reopen.');
    return await this.subject.reopen();
  }

  async end(): Promise<void> {
    try {
      await this.#engine.close();
    } finally {
      await this.subject.destroy();
    }
  }
}
