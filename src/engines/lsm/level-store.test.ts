import {
  access,
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { OpenEngine } from '../../engine/open-engine.ts';
import { lsm } from './lsm-engine.ts';
import { probeDirectory } from './probe-directory.ts';
import {
  allRows,
  openWatchedDirectory,
  openWatchedMemory,
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
import { temporaryFolder } from '../../../test/support/engines/lsm/temporary-folder.ts';
import { createGate } from '../../../test/support/engines/lsm/watched-level.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const diskFull = Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
const unavailable = expect.objectContaining({ code: 'unavailable', cause: diskFull });

function fail(): never {
  throw diskFull;
}

describe('a write that fails', () => {
  test('rejects every commit of its group with the cause, and changes nothing that is read', async () => {
    await using watched = await openWatchedMemory();
    const { engine, hooks } = watched;
    await engine.commit({ puts: [putNote(note('n', 1))] });
    hooks.before = fail;
    const commits = [step('n', 1), step('n', 2), step('n', 1)].map((commit) =>
      engine.commit(commit),
    );
    for (const { reason } of (await Promise.allSettled(commits)) as PromiseRejectedResult[]) {
      expect(reason).toEqual(unavailable);
    }
    expect(await engine.get(notes, ['n'])).toEqual(note('n', 1));
  });

  test('is followed by the next once the database was opened again', async () => {
    await using watched = await openWatchedMemory();
    const { engine, database, hooks } = watched;
    const events: string[] = [];
    const [open, close] = [database.open.bind(database), database.close.bind(database)];
    database.open = () => open().then(() => void events.push('opened'));
    database.close = () => close().then(() => void events.push('closed'));
    hooks.before = fail;
    await expect(engine.commit({ puts: [putNote(note('n', 1))] })).rejects.toEqual(unavailable);
    hooks.before = () => events.push('written');
    await engine.commit({ puts: [putNote(note('n', 1))] });
    expect(events).toEqual(['closed', 'opened', 'written']);
  });

  test('and reached the database all the same is seen after recovery, and conditions know of it', async () => {
    await using watched = await openWatchedMemory();
    const { engine, hooks } = watched;
    await engine.commit({ puts: [putNote(note('n', 1, { rank: 1 }))] });
    hooks.after = fail;
    await expect(engine.commit(step('n', 1, { rank: 2 }))).rejects.toEqual(unavailable);
    delete hooks.after;
    const before = note('n', 1, { rank: 1 });
    expect(await engine.get(notes, ['n'])).toEqual(before);
    expect(await allRows(engine, notes, 'byOwner')).toEqual([before]);
    await expect(engine.commit(step('n', 1, { rank: 3 }))).rejects.toMatchObject({
      code: 'conflict',
    });
    const after = note('n', 2, { rank: 2 });
    expect(await engine.get(notes, ['n'])).toEqual(after);
    expect(await allRows(engine, notes, 'byOwner')).toEqual([after]);
  });

  test('in a step of deletePrefix rejects it, and calling it again finishes the work', async () => {
    await using watched = await openWatchedMemory();
    const { engine, hooks } = watched;
    const rows = Array.from({ length: 2500 }, (_, i) => line('t', i, 'tag'));
    await engine.commit({ puts: rows.map((row) => ({ table: lines, row })) });
    let steps = 0;
    hooks.before = () => (++steps === 2 ? fail() : undefined);
    await expect(engine.deletePrefix(lines, ['t'])).rejects.toEqual(unavailable);
    const count = {
      table: lines,
      index: 'byTag',
      prefix: ['t'],
      limit: 1000,
      after: ['tag', 1499],
    };
    expect(await engine.scan(count)).toHaveLength(1000);
    await engine.deletePrefix(lines, ['t']);
    expect(await allRows(engine, lines, 'byTag')).toEqual([]);
  });
});

describe('recovery', () => {
  test('is tried at most once in its interval, and after a successful probe', async () => {
    await using folder = await temporaryFolder();
    let probes = 0;
    let isFull = true;
    await using watched = await openWatchedDirectory(folder.pathOf('data'), (opened) => ({
      ...opened,
      probe: async () => {
        probes++;
        if (isFull) fail();
        await opened.probe?.();
      },
    }));
    const { engine, hooks } = watched;
    await engine.commit({ puts: [putNote(note('n', 1))] });
    hooks.before = fail;
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    for (let i = 0; i < 5; i++) {
      await expect(engine.commit(step('n', 1))).rejects.toEqual(unavailable);
      expect(await engine.get(notes, ['n'])).toEqual(note('n', 1)); // reads still work
      expect(await allRows(engine, notes)).toHaveLength(1);
    }
    expect(probes).toBe(1);
    isFull = false;
    delete hooks.before;
    vi.advanceTimersByTime(1000);
    await engine.commit(step('n', 1));
    expect(probes).toBe(2);
    expect(await readdir(folder.pathOf('data'))).not.toContain('.skein-probe');
  });

  test('keeps all that was acknowledged, also behind a torn record', async () => {
    await using folder = await temporaryFolder();
    const path = folder.pathOf('data');
    const watched = await openWatchedDirectory(path);
    const { engine, hooks } = watched;
    for (let i = 0; i < 20; i++)
      await engine.commit({ puts: [{ table: lines, row: line('t', i) }] });
    hooks.before = async () => {
      const log = (await readdir(path)).find((name) => name.endsWith('.log'));
      await appendFile(join(path, log!), Buffer.alloc(50, 0xab)); // a truncated record
      fail();
    };
    await expect(engine.commit({ puts: [{ table: lines, row: line('t', 99) }] })).rejects.toEqual(
      unavailable,
    );
    delete hooks.before;
    for (let i = 20; i < 40; i++)
      await engine.commit({ puts: [{ table: lines, row: line('t', i) }] });
    await engine.close();
    const inner = lsm({ path });
    const again = await OpenEngine.open(inner, tables);
    const numbers = (await allRows(inner, lines)).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, i) => i));
    await again.close();
  });

  test('waits for the reads before it, and lets those after it wait', async () => {
    await using watched = await openWatchedMemory();
    const { engine, database, hooks } = watched;
    const row = note('n', 1, { rank: 1 });
    await engine.commit({ puts: [putNote(row)] });
    hooks.before = fail;
    await expect(engine.commit(step('n', 1))).rejects.toEqual(unavailable);
    delete hooks.before;
    const [slowRead, slowOpening] = [createGate(), createGate()];
    const [open, close] = [database.open.bind(database), database.close.bind(database)];
    const getMany = database.getMany.bind(database);
    let isClosed = false;
    database.getMany = (...args) => {
      database.getMany = getMany;
      return slowRead.pass().then(() => getMany(...args));
    };
    database.close = () => close().then(() => void (isClosed = true));
    database.open = () => slowOpening.pass().then(open);
    const early = allRows(engine, notes, 'byOwner');
    const commit = engine.commit({ puts: [{ table: lines, row: line('t', 1) }] });
    await slowRead.reached;
    await someTurns();
    expect(isClosed).toBe(false);
    slowRead.open();
    expect(await early).toEqual([row]);
    await slowOpening.reached;
    const late = Promise.all([engine.get(notes, ['n']), allRows(engine, notes, 'byOwner')]);
    slowOpening.open();
    expect(await late).toEqual([row, [row]]);
    await commit;
  });

  test('that cannot open the database again is tried again, by reads, too', async () => {
    await using watched = await openWatchedMemory({ retryIntervalMs: 0 });
    const { engine, database, hooks } = watched;
    await engine.commit({ puts: [putNote(note('n', 1))] });
    hooks.before = fail;
    await expect(engine.commit(step('n', 1))).rejects.toEqual(unavailable);
    delete hooks.before;
    const open = database.open.bind(database);
    database.open = () => Promise.reject(diskFull);
    await expect(engine.commit(step('n', 1))).rejects.toEqual(unavailable);
    await expect(engine.get(notes, ['n'])).rejects.toEqual(unavailable);
    await expect(allRows(engine, notes)).rejects.toEqual(unavailable);
    database.open = open;
    expect(await allRows(engine, notes)).toEqual([note('n', 1)]);
    await engine.commit(step('n', 1));
    expect(await engine.get(notes, ['n'])).toEqual(note('n', 2));
  });

  test('may be due when the store is closed', async () => {
    const watched = await openWatchedMemory();
    watched.hooks.before = fail;
    await expect(watched.engine.commit(step('n', 1))).rejects.toMatchObject({ code: 'conflict' });
    await expect(watched.engine.commit({ puts: [putNote(note('n', 1))] })).rejects.toEqual(
      unavailable,
    );
    await watched.engine.close();
    expect(watched.database.status).toBe('closed');
  });
});

test('the probe fails on a full disk, and leaves nothing behind', async (context) => {
  await using folder = await temporaryFolder();
  const path = folder.pathOf('data');
  const engine = await OpenEngine.open(lsm({ path }), tables);
  await engine.close();
  const isThere = await access('/dev/full').then(
    () => true,
    () => false,
  );
  if (!isThere) context.skip('this system has no /dev/full');
  await symlink('/dev/full', join(path, '.skein-probe')); // the probe's write meets a full disk
  await expect(probeDirectory(path)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await readdir(path)).not.toContain('.skein-probe');
  await probeDirectory(path);
  expect(await readdir(path)).not.toContain('.skein-probe');
});

/** The names and contents of the files in a directory. */
async function contentOf(path: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const name of await readdir(path)) content[name] = await readFile(join(path, name), 'hex');
  return content;
}

test('the probe of an open database changes nothing in it, however long its log is', async () => {
  await using folder = await temporaryFolder();
  const path = folder.pathOf('data');
  const engine = await OpenEngine.open(lsm({ path }), tables);
  for (let i = 0; i < 50; i++) await engine.commit({ puts: [{ table: lines, row: line('t', i) }] });
  const before = await contentOf(path);
  await probeDirectory(path);
  expect(await contentOf(path)).toEqual(before);
  await engine.commit({ puts: [{ table: lines, row: line('t', 50) }] });
  await engine.close();
});

test('the probe fails where the recovery would, so that reads go on', async () => {
  await using folder = await temporaryFolder();
  const path = folder.pathOf('data');
  const engine = await OpenEngine.open(lsm({ path }), tables);
  await engine.commit({ puts: [putNote(note('n', 1))] });
  await rename(join(path, 'CURRENT'), join(path, '.elsewhere'));
  await expect(probeDirectory(path)).rejects.toMatchObject({ code: 'LEVEL_DATABASE_NOT_OPEN' });
  await rename(join(path, '.elsewhere'), join(path, 'CURRENT'));
  await probeDirectory(path);
  expect((await readdir(path)).filter((name) => name.startsWith('.'))).toEqual([]);
  await engine.close();
});

test('what a probe has left that was cut off goes when the store is opened', async () => {
  await using folder = await temporaryFolder();
  const path = folder.pathOf('data');
  await mkdir(join(path, '.skein-rehearsal'), { recursive: true });
  await writeFile(join(path, '.skein-rehearsal', '000005.ldb'), 'half a table');
  await writeFile(join(path, '.skein-probe'), 'x');
  const engine = await OpenEngine.open(lsm({ path }), tables);
  expect((await readdir(path)).filter((name) => name.startsWith('.'))).toEqual([]);
  await engine.close();
});
