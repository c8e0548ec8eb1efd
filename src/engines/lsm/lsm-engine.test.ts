import { MemoryLevel } from 'memory-level';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Commit, Row } from '../../engine/engine.ts';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { ConflictError } from '../../shared/error.ts';
import type { LevelDatabase } from './level-database.ts';
import type { LsmOptions } from './lsm-config.ts';
import { lsm } from './lsm-engine.ts';
import { keyspaceOf, metaKeyOf, sentinelOf } from './lsm-key.ts';
import {
  allRows,
  keysOf,
  openWatchedMemory,
  type WatchedEngine,
  scanUnchecked,
} from '../../../test/support/engines/lsm/open-watched.ts';
import {
  line,
  lines,
  note,
  notes,
  putNote,
  step,
  tables,
} from '../../../test/support/engines/lsm/tables.ts';
import { createGate, watchedMemory } from '../../../test/support/engines/lsm/watched-level.ts';

/** From here to the end of the test, only the test moves the clock by which writes are timed. */
function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Holds up a first write, begins the commits meanwhile, and releases all of them. */
async function commitTogether(
  { engine, hooks }: WatchedEngine,
  commits: readonly Commit[],
): Promise<PromiseSettledResult<void>[]> {
  const gate = createGate();
  hooks.before = gate.pass;
  stopTheClock();
  const first = engine.commit({ puts: [{ table: lines, row: line('first', 1) }] });
  await gate.reached;
  const settled = Promise.allSettled(commits.map((commit) => engine.commit(commit)));
  // A slow disk: waiting commits are written at once.
  vi.advanceTimersByTime(50);
  gate.open();
  await first;
  delete hooks.before;
  return settled;
}

describe('commits', () => {
  test('that arrive during a write are written together, in order', async () => {
    await using watched = await openWatchedMemory();
    const commits = Array.from({ length: 40 }, (_, i) => ({
      puts: [{ table: lines, row: line('t', 1, `tag${i}`) }],
    }));
    const settled = await commitTogether(watched, commits);
    expect(settled.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(watched.writes.length).toBe(2);
    expect(await watched.engine.get(lines, ['t', 1])).toEqual(line('t', 1, 'tag39'));
    expect(await allRows(watched.engine, lines, 'byTag')).toEqual([line('t', 1, 'tag39')]);
  });

  test('are written in two halves that take turns while the disk is fast', async () => {
    await using watched = await openWatchedMemory();
    stopTheClock();
    const commits = Array.from({ length: 200 }, (_, i) => ({
      puts: [{ table: lines, row: line('t', i) }],
    }));
    await Promise.all(commits.map((commit) => watched.engine.commit(commit)));
    expect(watched.writes[0]).toHaveLength(100);
    expect(watched.writes.flat()).toHaveLength(200);
  });

  test('are bounded in count and size when they are written together', async () => {
    await using watched = await openWatchedMemory();
    const small = Array.from({ length: 2500 }, (_, i) => ({
      puts: [{ table: lines, row: line('small', i) }],
    }));
    await commitTogether(watched, small);
    expect(watched.writes.map(({ length }) => length)).toEqual([1, 1000, 1000, 500]);
    watched.writes.length = 0;
    const large = [1, 2, 3, 4].map((i) => ({
      puts: [{ table: lines, row: line('large', i, undefined, 'x'.repeat(3 * 1024 ** 2)) }],
    }));
    await commitTogether(watched, large);
    expect(watched.writes.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
  });

  test('see what those before them in their group leave', async () => {
    await using watched = await openWatchedMemory();
    const { engine } = watched;
    await engine.commit({ puts: [putNote(note('n', 1))] });
    const settled = await commitTogether(watched, [
      step('n', 1, { rank: 1 }),
      step('n', 1, { rank: -1 }), // loses against the one before it
      step('n', 2, { rank: 2 }),
      { puts: [putNote(note('m', 1))], expects: [{ table: notes, key: ['m'], version: 'absent' }] },
      { puts: [putNote(note('m', 1))], expects: [{ table: notes, key: ['m'], version: 'absent' }] },
      {
        deletes: [{ table: notes, key: ['m'] }],
        expects: [{ table: notes, key: ['m'], version: 1 }],
      },
      { puts: [putNote(note('m', 7))], expects: [{ table: notes, key: ['m'], version: 'absent' }] },
    ]);
    const reasons = settled.map((result) =>
      result.status === 'rejected' ? result.reason : 'done',
    );
    expect(reasons.map((reason) => reason instanceof ConflictError)).toEqual([
      false,
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(watched.writes.length).toBe(3);
    expect(await allRows(engine, notes)).toEqual([note('m', 7), note('n', 3, { rank: 2 })]);
    expect(await allRows(engine, notes, 'byOwner')).toEqual([note('n', 3, { rank: 2 })]);
  });

  test('without conditions find the old index entries themselves', async () => {
    await using watched = await openWatchedMemory();
    const { engine } = watched;
    await engine.commit({ puts: [{ table: lines, row: line('t', 1, 'a') }] });
    await commitTogether(watched, [
      { puts: [{ table: lines, row: line('t', 1, 'b') }] },
      { puts: [{ table: lines, row: line('t', 2, 'b') }] },
      { puts: [{ table: lines, row: line('t', 1) }] },
      { deletes: [{ table: lines, key: ['t', 2] }] },
      { puts: [{ table: lines, row: line('t', 2, 'c') }] },
    ]);
    expect(await allRows(engine, lines, 'byTag')).toEqual([line('t', 2, 'c')]);
    expect(await entriesOf(watched.database, lines.id, 1)).toBe(1);
  });

  test.for([false, true])(
    'that touch a row twice leave the last state (long: %s)',
    async (isLong) => {
      await using watched = await openWatchedMemory();
      const { engine, database } = watched;
      const others = Array.from({ length: isLong ? 20 : 0 }, (_, i) => line('other', i, 'o'));
      const old = line('t', 1, 'old');
      await engine.commit({
        puts: [old, line('t', 2, 'old')].map((row) => ({ table: lines, row })),
      });
      await engine.commit({
        deletes: [{ table: lines, key: ['t', 2], replaces: line('t', 2, 'old') }],
        puts: [
          { table: lines, row: line('t', 1, 'a'), replaces: old },
          ...others.map((row) => ({ table: lines, row, replaces: null })),
          { table: lines, row: line('t', 1, 'b'), replaces: old },
          { table: lines, row: line('t', 1, 'c'), replaces: line('t', 1, 'b') },
          { table: lines, row: line('t', 2, 'back') },
          { table: lines, row: line('t', 3, 'x') },
          { table: lines, row: line('t', 3, 'y') },
        ],
      });
      const expected = [line('t', 2, 'back'), line('t', 1, 'c'), line('t', 3, 'y')];
      const rows = await engine.scan({ table: lines, index: 'byTag', prefix: ['t'], limit: 10 });
      expect(rows).toEqual(expected);
      expect(await entriesOf(database, lines.id, 1)).toBe(3 + others.length);
    },
  );
});

/** The number of entries of an index, without its sentinel. */
async function entriesOf(
  database: LevelDatabase,
  tableId: number,
  indexId: number,
): Promise<number> {
  const keyspace = keyspaceOf(tableId, indexId);
  return (await keysOf(database)).filter((key) => key.startsWith(keyspace)).length - 1;
}

describe('reads', () => {
  test('do not see a write before it is acknowledged, and do right after', async () => {
    await using watched = await openWatchedMemory();
    const { engine, hooks } = watched;
    const before = note('n', 1, { rank: 1 });
    const after = note('n', 2, { rank: 2 });
    await engine.commit({ puts: [putNote(before), { table: lines, row: line('t', 1, 'a') }] });
    const gate = createGate();
    hooks.after = gate.pass;
    const commit = engine.commit({
      puts: [putNote(after), { table: lines, row: line('t', 1, 'b') }],
    });
    await gate.reached;
    const readAll = async (): Promise<unknown[]> => [
      await engine.get(notes, ['n']),
      await engine.getMany(notes, [['n']]),
      await allRows(engine, notes, 'byOwner'),
      await engine.get(lines, ['t', 1]),
      await allRows(engine, lines),
      await allRows(engine, lines, 'byTag'),
    ];
    const [a, b] = [line('t', 1, 'a'), line('t', 1, 'b')];
    expect(await readAll()).toEqual([before, [before], [before], a, [a], [a]]);
    gate.open();
    await commit;
    expect(await readAll()).toEqual([after, [after], [after], b, [b], [b]]);
  });

  test('of one row may be asynchronous', async () => {
    const watched = watchedMemory();
    Object.defineProperty(watched.database.supports, 'getSync', { value: false });
    await using opened = await openWatchedMemory({}, watched);
    const { engine } = opened;
    await engine.commit({ puts: [{ table: lines, row: line('t', 1, 'a') }] });
    expect(await engine.get(lines, ['t', 1])).toEqual(line('t', 1, 'a'));
    expect(await engine.get(lines, ['t', 2])).toBeUndefined();
  });

  test('without snapshots of the database leave out a row that went or moved meanwhile', async () => {
    const watched = watchedMemory();
    Object.defineProperty(watched.database.supports, 'explicitSnapshots', { value: false });
    await using opened = await openWatchedMemory({}, watched);
    const { engine, database } = opened;
    const rows = ['a', 'b', 'c'].map((tag, i) => line('t', i, tag));
    await engine.commit({ puts: rows.map((row) => ({ table: lines, row })) });
    const getMany = database.getMany.bind(database);
    database.getMany = async (...args) => {
      database.getMany = getMany;
      await engine.commit({
        puts: [{ table: lines, row: line('t', 1, 'z') }],
        deletes: [{ table: lines, key: ['t', 0] }],
      });
      return getMany(...args);
    };
    expect(await allRows(engine, lines, 'byTag')).toEqual([rows[2]]);
  });
});

describe('the row cache', () => {
  test.for([0, 2, 10_000])('of %i rows never gives a stale one', async (rowCacheEntriesMax) => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
    const random = seededRandom(seed);
    await using watched = await openWatchedMemory({ rowCacheEntriesMax, retryIntervalMs: 0 });
    const { engine, hooks } = watched;
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const act = async (): Promise<unknown> => {
      const noteId = random.pick(ids);
      const version = random.below(3);
      const key = { table: notes, key: [noteId] };
      if (random.chance(0.4)) return engine.get(notes, [noteId]);
      if (random.chance(0.2)) return engine.commit({ deletes: [key] });
      if (random.chance(0.1)) return engine.deletePrefix(notes, [noteId]);
      if (random.chance(0.5)) return engine.commit({ puts: [putNote(note(noteId, version))] });
      return engine.commit(step(noteId, version, { body: 'x'.repeat(random.below(2) * 9000) }));
    };
    for (let round = 0; round < 150; round++) {
      hooks.before = random.chance(0.1) ? () => Promise.reject(new Error('disk')) : () => undefined;
      await Promise.allSettled(Array.from({ length: 8 }, act));
      const scanned = await allRows(engine, notes); // scans always read from the database
      const byId = new Map(scanned.map((row) => [row.noteId, row]));
      for (const noteId of ids) {
        const row = await engine.get(notes, [noteId]);
        expect(row, `SEED=${seed}, round ${round}`).toEqual(byId.get(noteId));
      }
    }
  });

  test('shares no JSON with those who put and get', async () => {
    await using watched = await openWatchedMemory();
    const { engine } = watched;
    const body = { list: [{ text: 'a' }] };
    await engine.commit({ puts: [putNote(note('n', 1, { body }))] });
    body.list[0]!.text = 'changed by whoever put it';
    const expected = note('n', 1, { body: { list: [{ text: 'a' }] } });
    const first = await engine.get(notes, ['n']);
    expect(first).toEqual(expected);
    (first!.body as typeof body).list[0]!.text = 'changed by whoever got it';
    expect(await engine.get(notes, ['n'])).toEqual(expected);
    const [reread] = await engine.getMany(notes, [['n']]);
    expect(reread).toEqual(expected);
  });

  test.for<[string, LsmOptions | object]>([
    ['cached', {}],
    ['read again', { rowCacheEntriesMax: 0 }],
  ])('rows that are %s have exactly the JSON that was put', async ([, options]) => {
    await using watched = await openWatchedMemory(options);
    const body: unknown = JSON.parse(
      '{"__proto__":{"a":[1,{"__proto__":null}]},"constructor":1,"":"","2":0,"1":1e300,' +
        '"text":"\\u0000\\ud800é😀\\u2028","deep":[[[[]]],{}],"null":null}',
    );
    const row = note('n', 1, { body: body as Row['body'] });
    await watched.engine.commit({ puts: [putNote(row)] });
    const found = await watched.engine.get(notes, ['n']);
    expect(JSON.stringify(found!.body)).toBe(JSON.stringify(body));
  });
});

describe('sentinels', () => {
  const keyspaces = [keyspaceOf(1, 0), keyspaceOf(1, 1), keyspaceOf(2, 0), keyspaceOf(2, 1)];

  test('end each table and index, whatever is written and deleted, and are in no scan', async () => {
    await using watched = await openWatchedMemory();
    const { engine, database } = watched;
    const sentinels = keyspaces.map(sentinelOf);
    expect((await keysOf(database)).slice(1)).toEqual(sentinels);
    const last = {
      noteId: '\u{10ffff}\u{10ffff}',
      ownerId: '\u{10ffff}',
      version: 1,
      rank: 2 ** 53 - 1,
    };
    await engine.commit({ puts: [putNote(last)] });
    await engine.commit({
      puts: [{ table: lines, row: line('\u{10ffff}', 2 ** 53 - 1, '\u{10ffff}') }],
    });
    const keys = await keysOf(database);
    for (const keyspace of keyspaces) {
      expect(keys.findLast((key) => key.startsWith(keyspace))).toBe(sentinelOf(keyspace));
    }
    for (const reverse of [false, true]) {
      for (const index of [{}, { index: 'byOwner' }]) {
        const rows = await scanUnchecked(engine, {
          table: notes,
          ...index,
          prefix: [],
          reverse,
          limit: 1000,
        });
        expect(rows).toEqual([last]);
      }
    }
    for (const table of tables) await engine.deletePrefix(table, []);
    expect((await keysOf(database)).slice(1)).toEqual(sentinels);
  });

  test('are made at the next opening where one is missing', async () => {
    const watched = await openWatchedMemory();
    await watched.engine.close();
    await watched.database.open();
    const batch = watched.database.batch();
    batch.del(sentinelOf(keyspaces[2]!));
    await batch.write();
    await using again = await openWatchedMemory({}, watched);
    expect((await keysOf(again.database)).slice(1)).toEqual(keyspaces.map(sentinelOf));
  });
});

describe('an index that is declared later', () => {
  const { indexes: _, ...rest } = lines;
  const bare = { ...rest, indexes: [] };
  const count = 2300; // more than one step
  const fill = async (): Promise<WatchedEngine> => {
    const watched = await openWatchedMemory({}, watchedMemory(), [notes, bare]);
    const rows = Array.from({ length: count }, (_, i) =>
      line('t', i, i % 2 ? `tag${i}` : undefined),
    );
    await watched.engine.commit({ puts: rows.map((row) => ({ table: bare, row })) });
    await watched.engine.close();
    return watched;
  };

  test('is filled at opening', async () => {
    const watched = await fill();
    await using again = await openWatchedMemory({}, watched);
    expect(await entriesOf(again.database, lines.id, 1)).toBe(count / 2);
    const rows = await again.engine.scan({
      table: lines,
      index: 'byTag',
      prefix: ['t', 'tag7'],
      limit: 9,
    });
    expect(rows).toEqual([line('t', 7, 'tag7')]);
  });

  test('keeps nothing of a filling cut short whose rows have changed since', async () => {
    const watched = await fill();
    let writes = 0;
    watched.hooks.before = () => {
      if (++writes === 2) throw new Error('disk');
    };
    await expect(openWatchedMemory({}, watched)).rejects.toMatchObject({ code: 'unavailable' });
    watched.hooks = {};
    // A program that does not know the index writes in between.
    const former = await openWatchedMemory({}, watched, [notes, bare]);
    await former.engine.deletePrefix(bare, ['t']);
    await former.engine.commit({ puts: [{ table: bare, row: line('t', 1, 'new') }] });
    await former.engine.close();
    await using again = await openWatchedMemory({}, watched);
    expect(await entriesOf(again.database, lines.id, 1)).toBe(1);
    const scan = { table: lines, index: 'byTag', prefix: ['t'], limit: 9 };
    expect(await again.engine.scan(scan)).toEqual([line('t', 1, 'new')]);
  });

  test('is filled again when that was cut short', async () => {
    const watched = await fill();
    let writes = 0;
    watched.hooks.before = () => {
      if (++writes === 2) throw new Error('disk');
    };
    await expect(openWatchedMemory({}, watched)).rejects.toMatchObject({ code: 'unavailable' });
    watched.hooks = {};
    await using again = await openWatchedMemory({}, watched);
    expect(await entriesOf(again.database, lines.id, 1)).toBe(count / 2);
  });
});

test('a row is stored as its key and the JSON of its other columns, an entry as its key alone', async () => {
  await using watched = await openWatchedMemory();
  const { engine, database } = watched;
  await engine.commit({ puts: [putNote({ ...note('n', 1, { rank: 5 }), body: undefined })] });
  const iterator = database.iterator({ keyEncoding: 'utf8', valueEncoding: 'utf8', limit: 100 });
  const entries = await iterator.nextv(100);
  await iterator.close();
  const own = entries.filter(([key]) => key !== sentinelOf(key.slice(0, 2)));
  expect(own).toEqual([
    [metaKeyOf('format'), '{"program":"skein","format":1}'],
    ['\u0001\u0000n\u0000', '{"ownerId":"u","version":1,"rank":5}'],
    [`\u0001\u0001u\u0000@${'\u0000'.repeat(6)}\u0005n\u0000`, ''],
  ]);
});

describe('deletePrefix', () => {
  test('goes in bounded steps, and commits in between leave no entry without its row', async () => {
    await using watched = await openWatchedMemory();
    const { engine, database } = watched;
    const rows = Array.from({ length: 3500 }, (_, i) => line('t', i, `tag${i % 7}`));
    await engine.commit({ puts: rows.map((row) => ({ table: lines, row })) });
    watched.writes.length = 0;
    let isDone = false;
    const deletion = engine.deletePrefix(lines, ['t']).then(() => (isDone = true));
    for (let i = 0; !isDone; i = (i + 491) % 3500) {
      await engine.commit({ puts: [{ table: lines, row: line('t', i, `new${i % 3}`) }] });
    }
    await deletion;
    for (const keys of watched.writes) expect(keys.length).toBeLessThanOrEqual(2000);
    const left = await allRows(engine, lines);
    expect(left.length).toBeLessThan(500);
    expect(await entriesOf(database, lines.id, 1)).toBe(left.length);
    expect(await allRows(engine, lines, 'byTag')).toHaveLength(left.length);
    await engine.deletePrefix(lines, ['t']);
    expect(await entriesOf(database, lines.id, 0)).toBe(0);
    expect(await entriesOf(database, lines.id, 1)).toBe(0);
  });

  test('has the database drop many deleted rows, where they lay together', async () => {
    const watched = watchedMemory();
    const dropped: string[][] = [];
    watched.database.compactRange = (start, end) => {
      dropped.push([start, end]);
      // Compaction is optional, so this changes nothing.
      return Promise.reject(new Error('only a favour'));
    };
    await using opened = await openWatchedMemory({}, watched);
    const { engine } = opened;
    for (const [noteId, count] of [
      ['few', 100],
      ['many', 10_000],
    ] as const) {
      const rows = Array.from({ length: count }, (_, i) => line(noteId, i));
      await engine.commit({ puts: rows.map((row) => ({ table: lines, row, replaces: null })) });
      await engine.deletePrefix(lines, [noteId]);
    }
    await engine.close();
    const [rows, byTag] = [keyspaceOf(lines.id, 0), keyspaceOf(lines.id, 1)];
    expect(dropped).toEqual([
      [`${rows}many\u0000`, `${rows}many\u0001`],
      [`${byTag}many\u0000`, `${byTag}many\u0001`],
    ]);
  });
});

describe('a database that is handed in', () => {
  test('is opened if it is closed, and closed with the engine', async () => {
    const store = new MemoryLevel();
    await store.close();
    const engine = await OpenEngine.open(lsm({ store }), tables);
    expect(store.status).toBe('open');
    await engine.commit({ puts: [putNote(note('n', 1))] });
    await engine.close();
    expect(store.status).toBe('closed');
    const again = await OpenEngine.open(lsm({ store }), tables);
    expect(await again.get(notes, ['n'])).toEqual(note('n', 1));
    await again.close();
  });

  test('may have encodings of its own', async () => {
    const store = new MemoryLevel<Buffer, unknown>({
      keyEncoding: 'buffer',
      valueEncoding: 'json',
    });
    await using stack = new AsyncDisposableStack();
    const inner = lsm({ store });
    const engine = await OpenEngine.open(inner, tables);
    stack.defer(() => engine.close());
    const row = note('\u{10ffff}é\u0000', 1, { rank: -5, body: ['"'] });
    await engine.commit({ puts: [putNote(row)] });
    expect(await allRows(inner, notes, 'byOwner')).toEqual([row]);
  });

  test('says whether it is durable, unless an option overrides it', () => {
    const store = new MemoryLevel();
    const durable = (options: object): boolean => lsm({ store, ...options }).capabilities.durable;
    expect([durable({}), durable({ durable: true })]).toEqual([false, true]);
    Object.defineProperty(store.supports, 'permanence', { value: true });
    expect([durable({}), durable({ sync: false }), durable({ durable: false })]).toEqual([
      true,
      false,
      false,
    ]);
    expect(lsm({ path: 'data' }).capabilities.durable).toBe(true);
    expect(lsm({ path: 'data', sync: false }).capabilities.durable).toBe(false);
  });

  test('is refused where the engine could not keep its promises', () => {
    const store = new MemoryLevel();
    const sublevel = store.sublevel('part');
    expect(() => lsm({ store: sublevel })).toThrow(TypeError);
    expect(() => lsm({ store: new MemoryLevel({ storeEncoding: 'utf8' }) })).toThrow(TypeError);
  });

  test.for<[string, object]>([
    ['no path', { path: '' }],
    ['nothing', {}],
    ['a negative cache', { path: 'data', cacheSizeBytes: -1 }],
    ['a tiny buffer', { path: 'data', writeBufferSizeBytes: 1000 }],
    ['half a row', { path: 'data', rowCacheEntriesMax: 0.5 }],
  ])('options: %s', ([, options]) => {
    expect(() => lsm(options as LsmOptions)).toThrow(TypeError);
  });

  test('two tables of one id are refused', async () => {
    const store = new MemoryLevel();
    const clash = [notes, { ...lines, id: notes.id }];
    await expect(OpenEngine.open(lsm({ store }), clash)).rejects.toThrow(TypeError);
    await (await OpenEngine.open(lsm({ store }), tables)).close(); // nothing is held
  });
});
