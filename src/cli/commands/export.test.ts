import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lsm } from '../../engines/lsm/index.ts';
import { createStore } from '../../store/index.ts';
import type { Item, Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

/** Makes a thread of a user with two items. */
async function say(user: string, thread: string, project = 'default'): Promise<void> {
  await dialogue(thread, ['Hello', `I am ${user}`], ['--user', user, '--project', project]);
}

async function dialogue(id: string, texts: readonly string[], whose: string[]): Promise<void> {
  const utterances = texts.map((text) => ({ speaker: 'user', text }));
  const line = JSON.stringify({ id, utterances });
  const { code, err } = await kit.run(['import', '-', '--format', 'dialogues', ...whose], line);
  if (code !== 0) throw new Error(err);
}

const rows = (text: string): string[] => text.split('\n').slice(1);
const path = (name: string): string => join(kit.folder, name);
const elsewhere = (name = 'other'): string[] => ['--data', join(kit.folder, name)];

describe('skein export', () => {
  test('--all takes every user of every project, and says nothing is left', async () => {
    await say('ada', 'a');
    await say('ben', 'b');
    await say('ada', 'c', 'shop');
    expect(await kit.run(['export', '--all', '-o', path('all.jsonl')])).toEqual({
      code: 0,
      out: 'Exported 3 threads with 6 items.\n',
      err: '',
    });
    expect(await kit.run(['import', path('all.jsonl'), ...elsewhere()])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Imported 3 threads with 6 items'),
    });
    for (const [user, project] of [
      ['ada', 'default'],
      ['ben', 'default'],
      ['ada', 'shop'],
    ] as const) {
      const whose = ['--user', user, '--project', project];
      const threads = await kit.json<Thread>(['threads', ...whose]);
      expect(threads).toHaveLength(1);
      expect(await kit.json<Thread>(['threads', ...whose, ...elsewhere()])).toEqual(threads);
      const show = ['show', threads[0]!.id, '--all', ...whose];
      const items = await kit.json<Item>(show);
      expect(await kit.json<Item>([...show, ...elsewhere()])).toEqual(items);
    }
    const again = await kit.run(['export', '--all', ...elsewhere()]);
    expect(rows(again.out)).toEqual(rows(await readFile(path('all.jsonl'), 'utf8')));
  });

  test('of a deleted thread leaves the thread of another store, which the import names', async () => {
    await say('ada', 'a');
    await say('ben', 'b');
    await kit.run(['export', '--all', '-o', path('early.jsonl')]);
    await kit.run(['import', path('early.jsonl'), ...elsewhere()]);
    await using store = await createStore({ engine: lsm({ path: path('data') }) });
    await store.project('default').as({ userId: 'ada' }).threads.delete(['a']);
    await store.close();
    await kit.run(['export', '--all', '-o', path('late.jsonl')]);
    const { code, out, err } = await kit.run(['import', path('late.jsonl'), ...elsewhere()]);
    expect([code, err]).toEqual([
      0,
      'line 2: the thread a is deleted in this file, and stays in the store\n',
    ]);
    expect(out).toContain('1 thread of this store stays, though the file has it as deleted');
    expect(await kit.json(['threads', '--user', 'ada', ...elsewhere()])).toHaveLength(1);
  });

  test('of one user tells what it does not take', async () => {
    await say('ada', 'a');
    await say('ben', 'b');
    await say('eve', 'e', 'shop');
    const ofAda = await kit.run(['export', '--user', 'ada', '-o', path('ada.jsonl')]);
    expect(ofAda).toMatchObject({ code: 0, err: '' });
    expect(ofAda.out).toBe(
      'Exported 1 thread with 2 items.\nNot taken: 2 threads of others. --all takes everything.\n',
    );
    const ofShop = await kit.run(['export', '--project', 'shop', '-o', path('shop.jsonl')]);
    expect(ofShop.out).toContain('Exported 1 thread with 2 items.\nNot taken: 2 threads of others');
    const [report] = await kit.json<object>(['export', '--user', 'ada', '-o', path('2.jsonl')]);
    expect(report).toMatchObject({ threads: 1, notTaken: { threads: 2, tables: [] } });
  });

  test('of nothing, in a store of others, is an error and no file', async () => {
    await say('ada', 'a');
    await say('ben', 'b');
    const plain = await kit.run(['export', '--output', path('none.jsonl')]);
    expect(plain.code).toBe(1);
    expect(plain.err).toMatch(
      /^error: Nothing was exported: the project default has no threads of the user local, and 2 threads of others were not taken\.\n--all/,
    );
    expect(await readdir(kit.folder)).toEqual(['data']);
    expect((await kit.run(['export'])).code).toBe(1);
    expect((await kit.run(['export', '--project', 'nowhere'])).code).toBe(1);
  });

  test('of an empty store is an empty export', async () => {
    await say('ada', 'a');
    await kit.run(['export', '--all', '-o', path('a.jsonl')]);
    const { code } = await kit.run(['export', '--all', ...elsewhere('missing')]);
    expect(code).toBe(1); // there is no such store
  });

  test('--all stands alone', async () => {
    await say('ada', 'a');
    for (const more of [['a'], ['--user', 'ada'], ['--project', 'shop']]) {
      expect((await kit.run(['export', '--all', ...more])).code).toBe(2);
    }
  });

  test('compresses by the name, and import sees it by the bytes', async () => {
    await say('ada', 'a');
    await kit.run(['export', '--all', '-o', path('a.jsonl')]);
    await kit.run(['export', '--all', '-o', path('a.jsonl.gz')]);
    const packed = await readFile(path('a.jsonl.gz'));
    expect(rows(gunzipSync(packed).toString())).toEqual(
      rows(await readFile(path('a.jsonl'), 'utf8')),
    );
    expect((await stat(path('a.jsonl.gz'))).mode & 0o777).toBe(0o600);
    await writeFile(path('without-a-name'), packed);
    const { code, out } = await kit.run(['import', path('without-a-name'), ...elsewhere()]);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('1 thread') });
    await writeFile(path('cut.gz'), packed.subarray(0, -20));
    const cut = await kit.run(['import', path('cut.gz'), ...elsewhere('third')]);
    expect(cut).toMatchObject({ code: 1, out: '' });
    expect(cut.err).toContain('The compressed file is cut off.');
  });

  test('through a server it says what that does not tell', async () => {
    await say('ada', 'a');
    await say('ben', 'b');
    const server = await kit.serve();
    const ofAda = await kit.run(['export', '--user', 'ada', '-o', path('ada.jsonl')]);
    expect(ofAda).toMatchObject({ code: 0, out: expect.stringMatching(/1 thread .*\nNot taken:/) });
    expect(await kit.run(['export'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nothing was exported'),
    });
    expect(await kit.run(['export', '--all'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('only what one user may read'),
    });
    await server.stop('SIGTERM');
  });
});

describe('skein import of a store', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    ['cut off at a line', (text) => `${text.split('\n').slice(0, -3).join('\n')}\n`, /cut off/],
    ['cut off within a line', (text) => text.slice(0, -40), /line \d+ is not JSON/],
    ['without a line', (text) => text.replace(/\{"table":"items".*\n/, ''), /lines are missing/],
    [
      'with a line twice',
      (text) => text.replace(/(\{"table":"items".*\n)/, '$1$1'),
      /too many|out of order/,
    ],
    ['changed', (text) => text.replace('Hello', 'Hullo'), /another digest/],
    ['of a newer format', (text) => text.replace('"format":2', '"format":3'), /format 3; this/],
    [
      'with an unknown table',
      (text) => text.replaceAll('"table":"items"', '"table":"x"'),
      /table x/,
    ],
    [
      'with an unknown column',
      (text) => text.replace('"position":', '"place":1,"position":'),
      /place/,
    ],
    ['without its head', (text) => text.split('\n').slice(1).join('\n'), /without the line/],
  ])('refuses a file that is %s, and writes nothing', async (_, damage, message) => {
    await say('ada', 'a');
    const { out } = await kit.run(['export', '--all']);
    await writeFile(path('file.jsonl'), damage(out));
    const { code, err } = await kit.run(['import', path('file.jsonl'), ...elsewhere()]);
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect((await kit.run(['threads', '--user', 'ada', ...elsewhere()])).out).not.toContain('a');
    // A pipe is read once: the error is the same, and no thread is there in part.
    const piped = await kit.run(['import', '-', ...elsewhere('piped')], damage(out));
    expect(piped.err).toMatch(message);
    expect(piped.code).toBe(1);
  });

  test('twice adds nothing and says so; what was deleted since stays deleted', async () => {
    await say('ada', 'a');
    await say('ada', 'b');
    await kit.run(['export', '--all', '-o', path('file.jsonl')]);
    await kit.run(['import', path('file.jsonl'), ...elsewhere()]);
    const again = await kit.run(['import', path('file.jsonl'), ...elsewhere()]);
    expect(again).toEqual({ code: 0, out: 'Nothing new: all 2 threads exist already.\n', err: '' });
    await kit.run(['append', 'a', 'More', '--user', 'ada']); // the file is older than the store
    expect((await kit.run(['import', path('file.jsonl')])).out).toContain('Nothing new');
    const [report] = await kit.json<object>(['import', path('file.jsonl'), ...elsewhere()]);
    expect(report).toMatchObject({ threadsFound: 2, itemsAdded: 0, rowsAdded: 0, failed: 0 });
  });

  test('leaves another thread of the same id as it is, and takes the others', async () => {
    await say('ada', 'a');
    await say('ada', 'b');
    await kit.run(['export', '--all', '-o', path('file.jsonl')]);
    const other = gzipSync(await readFile(path('file.jsonl')));
    await writeFile(path('file.gz'), other);
    await dialogue('a', ['Mine'], ['--user', 'ben', ...elsewhere()]);
    const { code, out, err } = await kit.run(['import', path('file.gz'), ...elsewhere()]);
    expect(out).toContain('Imported 1 thread with 2 items');
    expect(err).toMatch(/^line 2: the thread a: another thread .*\nerror: 1 thread could not/);
    expect(code).toBe(1);
  });
});
