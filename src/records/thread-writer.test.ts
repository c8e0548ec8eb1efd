import { describe, expect, test } from 'vitest';
import { memory } from '../engines/memory/memory-engine.ts';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { ConflictError, SkeinError } from '../shared/error.ts';
import { createStore } from '../store/create-store.ts';
import { doctor } from '../store/doctor/doctor.ts';
import { expectOrderedLog, listedIds } from '../../test/support/store/log-check-for-testing.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { shareEngineForTesting } from '../../test/support/store/shared-engine-for-testing.ts';
import { codeOf, rowsOf, textIn, times } from '../../test/support/store/store-kit-for-testing.ts';
import { recordCalls, TappedEngine } from '../../test/support/store/tapped-engine-for-testing.ts';
import {
  contentForTesting as content,
  gateForTesting,
  openWriterKit,
  type WriterKit,
} from '../../test/support/store/writer-kit-for-testing.ts';
import type { StoredThreadId } from '../shared/ids.ts';
import { items, requests, taskQueue, threads, type ItemRow, type ThreadRow } from './tables.ts';
import { put } from './records.ts';
import type { ThreadDraft } from './thread-draft.ts';
import { someTurns } from '../../test/support/shared/turns-for-testing.ts';

const say =
  (...texts: readonly string[]) =>
  (draft: ThreadDraft): ItemRow[] => {
    const rows = draft.append(texts.map((text) => content(text)));
    draft.head = { ...draft.head, lastPreview: texts.at(-1)! };
    return rows;
  };

/** Holds the first commit until the returned gate is opened, and collects all commits. */
function holdFirstCommit({ engine }: WriterKit): { commits: number; open(): void } {
  const gate = gateForTesting();
  const held = { commits: 0, open: () => gate.open() };
  engine.tap = async (call, run) => {
    if (call.method === 'commit' && ++held.commits === 1) await gate.opened;
    return run();
  };
  return held;
}

async function textsOf(kit: WriterKit): Promise<string[]> {
  return (await rowsOf(kit.engine, items)).map(textIn);
}

describe('what an operation wants done first', () => {
  test('is done once for all that want it, and then the operations run in order', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    let steps = 0;
    const wanting =
      (text: string) =>
      (draft: ThreadDraft): ItemRow[] => {
        const rows = say(text)(draft);
        if (draft.doneFirst('step') === undefined) {
          draft.doFirst('step', () => Promise.resolve(++steps));
        }
        return rows;
      };
    const writes = [say('0'), wanting('1'), say('2'), wanting('3')];
    await Promise.all(writes.map((write) => kit.writer.write(id, write)));
    expect(await textsOf(kit)).toEqual(['0', '2', '1', '3']);
    expect(steps).toBe(1);
  });

  test("is not done if the operation fails, and its failure is the operation's", async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    let steps = 0;
    const refused = kit.writer.write(id, (draft) => {
      draft.doFirst('step', () => Promise.resolve(++steps));
      throw new SkeinError('conflict', 'No.');
    });
    expect(await codeOf(refused)).toBe('conflict');
    const failing = kit.writer.write(id, (draft) => {
      draft.doFirst('step', () => Promise.reject(new SkeinError('unavailable', 'Away.')));
    });
    expect(await codeOf(failing)).toBe('unavailable');
    const endless = kit.writer.write(id, (draft) => {
      draft.doFirst('step', () => Promise.resolve(++steps));
    });
    expect(await codeOf(endless)).toBe('conflict');
    expect(steps).toBe(20);
    await kit.writer.write(id, say('after'));
    expect(await textsOf(kit)).toEqual(['after']);
  });
});

describe('the thread writer', () => {
  test('merges what waits into one commit, in the order of the calls', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const held = holdFirstCommit(kit);
    const first = kit.writer.write(id, say('0'));
    const rest = times(500, (i) => kit.writer.write(id, say(`${i + 1}`)));
    held.open();
    const answers = (await Promise.all([first, ...rest])).flat();
    expect(held.commits).toBe(2);
    expect(answers.map(textIn)).toEqual(times(501, (i) => `${i}`));
    expect(await expectOrderedLog(kit.engine, id)).toEqual(times(501, (i) => `${i}`));
  });

  test('reads the head once, and then goes on from what it left', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const calls = recordCalls(kit.engine);
    await Promise.all(times(10, () => kit.writer.write(id, say('x'))));
    await kit.writer.write(id, say('y'));
    expect(calls.map(({ method }) => method)).toEqual(['get', 'commit', 'commit', 'commit']);
  });

  test('answers no caller before the commit is done', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const held = holdFirstCommit(kit);
    let isAnswered = false;
    const answer = kit.writer.write(id, say('0')).then(() => (isAnswered = true));
    await someTurns();
    expect([held.commits, isAnswered]).toEqual([1, false]);
    held.open();
    await answer;
  });

  test('cuts batches by weight, but takes any one operation', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const held = holdFirstCommit(kit);
    const mebibyte = 1024 * 1024;
    const weights = [1, 2, 2, 1, 9, 4].map((count) => count * mebibyte);
    const answers = weights.map((weight, i) => kit.writer.write(id, say(`${i}`), weight));
    held.open();
    await Promise.all(answers);
    // [1] alone, as nothing waited yet; [2, 2]; [1]; [9]; [4].
    const versions = (await rowsOf(kit.engine, items)).map(({ commitVersion }) => commitVersion);
    expect([held.commits, versions.length]).toEqual([5, 6]);
    expect(await expectOrderedLog(kit.engine, id)).toEqual(times(6, (i) => `${i}`));
  });

  test('does not let one thread wait for another', async () => {
    await using kit = await openWriterKit();
    const [a, b] = [await kit.create('a'), await kit.create('b')];
    const held = holdFirstCommit(kit);
    const blocked = kit.writer.write(a, say('slow'));
    await kit.writer.write(b, say('quick'));
    expect(await textsOf(kit)).toEqual(['quick']);
    held.open();
    await blocked;
  });

  test('writes nothing for an operation that changes nothing', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const calls = recordCalls(kit.engine);
    expect(await kit.writer.write(id, (draft) => draft.head.itemCount)).toBe(0);
    expect(calls.map(({ method }) => method)).toEqual(['get']);
  });
});

describe('an operation that throws', () => {
  const task = { shard: 1, id: 'task', kind: 'purge' };
  const request = { scope: 's', userId: 'u', key: 'k', hash: 'h', result: [], expiresAt: 1 };

  test.each([
    ['before it waits', false],
    ['after it waited', true],
  ])('%s is undone alone', async (_, isAsync) => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const held = holdFirstCommit(kit);
    const first = kit.writer.write(id, say('0'));
    const appended = kit.writer.write(id, say('1'));
    const failing = kit.writer.write(id, (draft): never | Promise<never> => {
      const pending = draft.appended.at(-1)!;
      say('never')(draft);
      draft.rewriteItem({ ...pending, parts: [{ type: 'text', text: 'rewritten' }] }, pending);
      say('never, either')(draft);
      draft.addChange({ type: 'edit', itemId: pending.id });
      draft.putRequest(request);
      draft.put(put(taskQueue, { ...task, threadId: id }));
      draft.updateHead({ title: 'never', tags: ['never'] });
      const error = new SkeinError('forbidden', 'no');
      if (isAsync) return Promise.resolve().then(() => Promise.reject(error));
      throw error;
    });
    const after = kit.writer.write(id, say('2'));
    held.open();
    expect(await codeOf(failing)).toBe('forbidden');
    expect((await Promise.all([first, appended, after])).flat().map(textIn)).toEqual([
      '0',
      '1',
      '2',
    ]);
    expect(held.commits).toBe(2);
    expect(await expectOrderedLog(kit.engine, id)).toEqual(['0', '1', '2']);
    expect(await rowsOf(kit.engine, taskQueue)).toEqual([]);
    expect(await rowsOf(kit.engine, requests)).toEqual([]);
    expect(await kit.writer.head(id)).toMatchObject({ title: 'title', tags: [], version: 4 });
  });

  test('does not undo what the batch rewrote of the stored log before it', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const [stored] = await kit.writer.write(id, say('stored'));
    const rewrite = (text: string) => (draft: ThreadDraft) => {
      const row = draft.findItem(stored!.id) ?? stored!;
      draft.rewriteItem({ ...row, parts: [{ type: 'text', text }] }, row);
      draft.addChange({ type: 'edit', itemId: row.id });
    };
    const held = holdFirstCommit(kit);
    const first = kit.writer.write(id, say('other'));
    const good = kit.writer.write(id, rewrite('good'));
    const bad = kit.writer.write(id, (draft) => {
      rewrite('bad')(draft);
      throw new SkeinError('conflict', 'no');
    });
    held.open();
    await Promise.all([first, good]);
    expect(await codeOf(bad)).toBe('conflict');
    expect(await textsOf(kit)).toEqual(['good', 'other']);
  });

  test('leaves the thread to those who come later', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    const failing = kit.writer.write(id, () => Promise.reject(new TypeError('a bug')));
    await expect(failing).rejects.toThrow(TypeError);
    await kit.writer.write(id, say('later'));
    expect(await textsOf(kit)).toEqual(['later']);
  });
});

describe('a writer that cannot commit', () => {
  test('refuses a thread that is missing or deleted, whatever waits', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    await kit.writer.write(id, (draft) => draft.updateHead({ deletedAt: 1, listedAt: undefined }));
    const missing = { ...(await kit.writer.head(id))!, id: 'missing' as typeof id }; // a test's id
    for (const threadId of [id, missing.id]) {
      const codes = times(3, () => codeOf(kit.writer.write(threadId, say('x'))));
      expect(await Promise.all(codes)).toEqual(times(3, () => 'not_found'));
    }
    expect(await textsOf(kit)).toEqual([]);
  });

  test('fails the batch that could not be written, and only that', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    let commits = 0;
    const gate = gateForTesting();
    kit.engine.tap = async (call, run) => {
      if (call.method !== 'commit') return run();
      if (++commits === 1) await gate.opened;
      if (commits === 2) throw new SkeinError('unavailable', 'The disk is full.');
      return run();
    };
    const first = kit.writer.write(id, say('0'));
    const failing = times(3, () => codeOf(kit.writer.write(id, say('lost'))));
    gate.open();
    await first;
    expect(await Promise.all(failing)).toEqual(times(3, () => 'unavailable'));
    await kit.writer.write(id, say('1'));
    expect(await expectOrderedLog(kit.engine, id)).toEqual(['0', '1']);
  });

  test('says rate_limited when too much waits, and loses nothing of what it took', async () => {
    await using kit = await openWriterKit();
    const [id, other] = [await kit.create(), await kit.create('other')];
    const held = holdFirstCommit(kit);
    const first = kit.writer.write(id, say('0'));
    const waiting = times(10_000, (i) => kit.writer.write(id, say(`${i + 1}`)));
    expect(await codeOf(kit.writer.write(id, say('too much')))).toBe('rate_limited');
    await kit.writer.write(other, say('elsewhere'));
    held.open();
    await Promise.all([first, ...waiting]);
    await kit.writer.write(id, say('10001'));
    expect(await expectOrderedLog(kit.engine, id)).toEqual(times(10_002, (i) => `${i}`));
  });

  test('gives up as conflict when others keep winning', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    let attempts = 0;
    const tap = kit.engine.tap;
    kit.engine.tap = (call, run) => {
      if (call.method !== 'commit') return run();
      attempts++;
      return Promise.reject(new ConflictError('Another process was first.'));
    };
    expect(await codeOf(kit.writer.write(id, say('x')))).toBe('conflict');
    expect(attempts).toBe(20);
    kit.engine.tap = tap;
    await kit.writer.write(id, say('y'));
    expect(await textsOf(kit)).toEqual(['y']);
  });

  test('runs an operation again on the head of the winner', async () => {
    await using kit = await openWriterKit();
    const id = await kit.create();
    let isBeaten = false;
    kit.engine.tap = async (call, run) => {
      if (call.method === 'commit' && !isBeaten) {
        isBeaten = true;
        const head = (await kit.records.get(threads, [id]))!;
        await kit.records.commit({ puts: [put(threads, { ...head, version: 9, title: 'won' })] });
      }
      return run();
    };
    const seen: string[] = [];
    await kit.writer.write(id, (draft) => {
      seen.push(draft.head.title);
      draft.updateHead({ archived: true });
    });
    expect(seen).toEqual(['title', 'won']);
    expect(await kit.writer.head(id)).toMatchObject({ title: 'won', archived: true, version: 10 });
  });
});

/** What another process does to the thread, past this process's writer. */
async function changeElsewhere(kit: WriterKit, patch: Partial<ThreadRow>): Promise<void> {
  const [head] = await rowsOf(kit.engine, threads);
  const changed = { ...head!, ...patch, version: head!.version + 1 };
  await kit.records.commit({ puts: [put(threads, changed)] });
}

describe('a remembered head that another process has left behind', () => {
  async function openRemembering(): Promise<WriterKit & { id: StoredThreadId }> {
    const kit = await openWriterKit();
    const id = await kit.create();
    await kit.writer.write(id, say('0'));
    return { ...kit, id };
  }

  test('is read again by the next write, without a pause', async () => {
    await using kit = await openRemembering();
    await changeElsewhere(kit, { title: 'theirs' });
    const calls = recordCalls(kit.engine);
    const seen: string[] = [];
    await kit.writer.write(kit.id, (draft) => {
      seen.push(draft.head.title);
      return say('1')(draft);
    });
    expect(seen).toEqual(['title', 'theirs']);
    expect(calls.map(({ method }) => method)).toEqual(['commit', 'get', 'commit']);
    expect(await kit.writer.head(kit.id)).toMatchObject({ title: 'theirs', itemCount: 2 });
  });

  test('answers no caller, with an error or a value', async () => {
    await using kit = await openRemembering();
    await changeElsewhere(kit, { visibility: 'public' });
    const isPublic = (draft: ThreadDraft): true => {
      if (draft.head.visibility === 'public') return true;
      throw new SkeinError('forbidden', 'no');
    };
    expect(await kit.writer.write(kit.id, isPublic)).toBe(true);
    await kit.writer.write(kit.id, say('1'));
    await changeElsewhere(kit, { visibility: 'private' });
    expect(await codeOf(kit.writer.write(kit.id, isPublic))).toBe('forbidden');
    await changeElsewhere(kit, { visibility: 'public' });
    const held = holdFirstCommit(kit);
    const first = kit.writer.write(kit.id, say('2'));
    // In one batch with an operation that writes.
    const both = Promise.all([
      kit.writer.write(kit.id, isPublic),
      kit.writer.write(kit.id, say('3')),
    ]);
    held.open();
    await first;
    await changeElsewhere(kit, { visibility: 'public' });
    expect(await both).toMatchObject([true, [{}]]);
  });

  test('does not revive a thread that was deleted there', async () => {
    await using kit = await openRemembering();
    await changeElsewhere(kit, { deletedAt: 1 });
    expect(await codeOf(kit.writer.write(kit.id, say('late')))).toBe('not_found');
    expect(await codeOf(kit.writer.write(kit.id, (draft) => draft.head.title))).toBe('not_found');
    expect(await textsOf(kit)).toEqual(['0']);
  });

  test('does not cost one of the attempts', async () => {
    await using kit = await openRemembering();
    let attempts = 0;
    kit.engine.tap = (call, run) => {
      if (call.method !== 'commit') return run();
      attempts++;
      return Promise.reject(new ConflictError('Another process was first.'));
    };
    expect(await codeOf(kit.writer.write(kit.id, say('x')))).toBe('conflict');
    expect(attempts).toBe(21);
  });

  test.each(['before', 'after'])(
    'is forgotten when a commit fails %s it happened',
    async (moment) => {
      await using kit = await openRemembering();
      kit.engine.tap = async (call, run) => {
        if (call.method === 'commit' && moment === 'before') throw unavailable();
        const result = await run();
        if (call.method === 'commit') throw unavailable();
        return result;
      };
      expect(await codeOf(kit.writer.write(kit.id, say('1')))).toBe('unavailable');
      const calls = recordCalls(kit.engine);
      await kit.writer.write(kit.id, say('2'));
      expect(calls.map(({ method }) => method)).toEqual(['get', 'commit']);
      const written = moment === 'before' ? ['0', '2'] : ['0', '1', '2'];
      expect(await expectOrderedLog(kit.engine, kit.id)).toEqual(written);
    },
  );

  test('is forgotten when a hint says so', async () => {
    await using kit = await openRemembering();
    for (const hint of [kit.id, undefined]) {
      kit.writer.forget(hint);
      const calls = recordCalls(kit.engine);
      await kit.writer.write(kit.id, say('x'));
      expect(calls.map(({ method }) => method)).toEqual(['get', 'commit']);
    }
  });
});

function unavailable(): SkeinError {
  return new SkeinError('unavailable', 'The connection broke.');
}

const seed = seedForTesting();

describe(`two stores on one engine (SEED=${seed})`, () => {
  test('race on ten threads, and nothing is lost, doubled or out of order', async () => {
    const random = seededRandom(seed);
    const shared = memory();
    let conflicts = 0;
    // Commits wait at random, so that the stores interleave.
    const tapped = new TappedEngine(shared, async (call, run) => {
      if (call.method === 'commit') await someTurns(random.below(20));
      try {
        return await run();
      } catch (error) {
        if (error instanceof ConflictError) conflicts++;
        throw error;
      }
    });
    const engines = shareEngineForTesting(tapped);
    const stores = [
      await createStore({ engine: engines() }),
      await createStore({ engine: engines() }),
    ];
    const callers = stores.map((store) => store.project('default').as({ userId: 'owner' }));
    const threadIds = times(10, (i) => `t${i}`);
    await callers[0]!.threads.create(threadIds.map((id) => ({ id })));

    const acknowledged = new Map<string, string[]>(threadIds.map((id) => [id, []]));
    const write = async (id: string, writer: number): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        const texts = times(1 + random.below(3), (k) => `w${writer}.${i}.${k}`);
        const items = texts.map((text) => ({ role: 'user' as const, text }));
        const rows = await callers[writer % 2]!.items.append(id, items);
        acknowledged.get(id)!.push(...rows.map((row) => `${row.id} ${textIn(row)}`));
      }
    };
    await Promise.all(threadIds.flatMap((id) => times(4, (writer) => write(id, writer))));

    expect(conflicts, 'the stores interleaved').toBeGreaterThan(10);
    for (const id of threadIds) {
      await expectOrderedLog(shared, id);
      const stored = await rowsOf(shared, items, [id]);
      const expected = acknowledged.get(id)!.toSorted(); // ids lead, so that this is their order
      expect(stored.map((row) => `${row.id} ${textIn(row)}`)).toEqual(expected);
      for (const writer of times(4, (k) => k)) expectOwnOrder(stored.map(textIn), writer);
    }
    expect((await listedIds(callers[1]!)).toSorted()).toEqual(threadIds);
    for (const store of stores) await store.close();
    await shared.close();
    expect((await doctor(shared, { repair: false })).problems).toEqual([]);
  });
});

/** The texts that one writer sent in turn are stored in that order. */
function expectOwnOrder(texts: readonly string[], writer: number): void {
  const own = texts.filter((text) => text.startsWith(`w${writer}.`));
  const numbers = own.map((text) => text.split('.').slice(1).map(Number));
  const order = numbers.map(([call, k]) => call! * 10 + k!);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
}
