import { describe, expect, test } from 'vitest';
import type { Commit, Engine, Key, Scalar, Table } from '../engine.ts';
import { SkeinError } from '../../shared/error.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { conformance } from './conformance.ts';
import type { Subject } from './subject.ts';

/** A disk on which each entry arrives whole, some time after it was written. */
type Disk = string[];

/** The possible bugs of the journal. */
type Mistake = 'none' | 'answers too early' | 'writes a commit in pieces' | 'forgets deletes';

/**
 * The smallest durable engine: a reference engine with a journal of its commits that is replayed on
 * open. It shows that the suite's crash cases can pass, and that they fail if durability is broken.
 */
class JournalEngine {
  readonly #disk: Disk;
  readonly #mistake: Mistake;
  #isDead = false;
  #last: Promise<void> = Promise.resolve();

  constructor(disk: Disk, mistake: Mistake) {
    this.#disk = disk;
    this.#mistake = mistake;
  }

  /** From now on nothing reaches the disk. */
  crash(): void {
    this.#isDead = true;
  }

  asEngine(): Engine {
    const reference = referenceEngine();
    const commit = (one: Commit): Promise<void> => {
      const done = this.#last.then(() => this.#commit(reference, one));
      this.#last = done.catch(() => undefined);
      return done;
    };
    return {
      name: 'journal',
      capabilities: { durable: true, atomicAcrossPartitions: true, shared: true },
      open: async (tables) => {
        await reference.open(tables);
        for (const line of this.#disk) await reference.commit(parseCommit(line, tables));
      },
      close: () => Promise.resolve(),
      get: (table, key) => reference.get(table, key),
      getMany: (table, keys) => reference.getMany(table, keys),
      scan: (scan) => reference.scan(scan),
      commit,
      deletePrefix: (table, prefix) => deleteInSteps(reference, commit, table, prefix),
    };
  }

  async #commit(reference: Engine, commit: Commit): Promise<void> {
    await reference.commit(commit);
    const written = this.#write(commit);
    if (this.#mistake === 'answers too early') written.catch(() => undefined);
    else await written;
  }

  async #write({ puts = [], deletes = [] }: Commit): Promise<void> {
    const kept = this.#mistake === 'forgets deletes' ? [] : deletes;
    const whole = [{ puts, deletes: kept }];
    const pieces = [...puts.map((put) => ({ puts: [put] })), { deletes: kept }];
    for (const one of this.#mistake === 'writes a commit in pieces' ? pieces : whole) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#isDead) throw new SkeinError('unavailable', 'The process is gone.');
      this.#disk.push(JSON.stringify(one, (key, value) => (key === 'table' ? value.name : value)));
    }
  }
}

async function deleteInSteps(
  reference: Engine,
  commit: (one: Commit) => Promise<void>,
  table: Table,
  prefix: readonly Scalar[],
): Promise<void> {
  for (;;) {
    const rows = await reference.scan({ table, prefix, limit: 100 });
    if (rows.length === 0) return;
    const keys = rows.map((row) => table.key.map((column) => row[column]) as Key); // key columns
    await commit({ deletes: keys.map((key) => ({ table, key })) });
  }
}

function parseCommit(line: string, tables: readonly Table[]): Commit {
  return JSON.parse(line, (key, value: unknown) =>
    key === 'table' ? tables.find(({ name }) => name === value) : value,
  ) as Commit; // as written by the engine above
}

function journalSubject(mistake: Mistake): Subject {
  const disk: Disk = [];
  let journal: JournalEngine | undefined;
  const open = (): Engine => {
    journal = new JournalEngine(disk, mistake);
    return journal.asEngine();
  };
  return { open, reopen: open, crash: () => journal?.crash(), destroy: () => {} };
}

/** The titles of the failing cases among those that a pattern picks, and how many ran. */
async function failuresOf(mistake: Mistake, pattern: RegExp): Promise<[string[], number]> {
  const failures: string[] = [];
  const declared: (() => Promise<void>)[] = [];
  conformance({
    name: 'journal',
    capabilities: { durable: true },
    test: (title, run) => {
      const skip = (): void => {};
      if (!pattern.test(title)) return;
      declared.push(() => run({ skip }).catch(() => void failures.push(title)));
    },
    factory: () => journalSubject(mistake),
  });
  for (const run of declared) await run();
  return [failures, declared.length];
}

test('a durable engine passes', async () => {
  const [failures, count] = await failuresOf('none', /every flag|crash|reopening|with faults/);
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(8);
});

describe('a journal that', () => {
  test.for<[Mistake, RegExp]>([
    ['answers too early', /a crash loses nothing acknowledged/],
    ['writes a commit in pieces', /a crash amid commits leaves each whole or nothing/],
    ['forgets deletes', /everything is there after closing and opening/],
  ])('%s is detected', async ([mistake, title]) => {
    const [failures, count] = await failuresOf(mistake, title);
    expect([failures.length, count]).toEqual([1, 1]);
  });
});
