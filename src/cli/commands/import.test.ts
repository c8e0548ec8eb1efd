import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

function dialogue(id: string, turns = 2): string {
  const utterances = Array.from({ length: turns }, (_, i) =>
    i % 2 === 0
      ? {
          speaker: 'user',
          text: `Question ${i}`,
          calls: [{ name: 'look_up', request: { i }, response: { ok: true } }],
        }
      : { speaker: 'assistant', text: `Answer ${i}` },
  );
  return JSON.stringify({ id, scenario: 'Test', utterances });
}

const many = (count: number): string =>
  Array.from({ length: count }, (_, i) => dialogue(`d${i}`)).join('\n');
const importDialogues = (file: string): string[] => ['import', file, '--format', 'dialogues'];

describe('skein import', () => {
  test('makes threads of dialogues, and a second import adds nothing and says so', async () => {
    const file = await kit.writeFile('d.jsonl', many(30));
    const first = await kit.run(importDialogues(file));
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(
      /^Imported 30 threads with 120 items in \d+\.\d s \([\d,]+ threads\/s\)\.\n$/,
    );
    const before = await kit.json<Thread>(['threads']);
    expect(before).toHaveLength(30);
    expect(before[0]).toMatchObject({
      title: 'Question 0',
      itemCount: 4,
      metadata: { scenario: 'Test' },
    });
    expect(await kit.run(importDialogues(file))).toEqual({
      code: 0,
      out: 'Nothing new: all 30 threads exist already.\n',
      err: '',
    });
    expect(await kit.json<Thread>(['threads'])).toEqual(before);
  });

  test('takes what several people have said in a group, twice without a difference', async () => {
    const item = (authorId: string, text: string): object => ({
      type: 'item',
      item: { role: 'user', text, key: authorId, authorId },
    });
    const lines = [
      { type: 'thread', format: 1, thread: { id: 'g', mode: 'group' } },
      ...[item('ada', 'Hi'), item('ben', 'Hello')],
      { type: 'end', items: 2, edges: 0 },
    ];
    const file = await kit.writeFile(
      'g.jsonl',
      lines.map((line) => JSON.stringify(line)).join('\n'),
    );
    expect(await kit.run(['import', file])).toMatchObject({ code: 0, err: '' });
    expect((await kit.run(['import', file])).out).toContain('Nothing new');
    const items = await kit.json<{ authorId: string }>(['show', 'g', '--all']);
    expect(items.map(({ authorId }) => authorId)).toEqual(['ada', 'ben']);
  });

  test('a dialogue of more than a request takes is continued, and not doubled', async () => {
    const file = await kit.writeFile('d.jsonl', dialogue('long', 1200));
    expect((await kit.run(importDialogues(file))).out).toContain('1 thread with 2,400 items');
    expect((await kit.run(importDialogues(file))).out).toContain(
      'Nothing new: the thread exists already',
    );
    const items = await kit.json<{ parts: unknown }>(['show', 'long', '--all']);
    expect(items).toHaveLength(2400);
    expect(items.at(-1)).toMatchObject({ parts: [{ text: 'Answer 1199' }], key: '1199' });
  });

  test('reads stdin', async () => {
    const { code, out } = await kit.run(importDialogues('-'), many(3));
    expect(out).toContain('Imported 3 threads');
    expect(code).toBe(0);
  });

  test('prints a report for machines', async () => {
    const file = await kit.writeFile('d.jsonl', `${many(2)}\n{`);
    const { code, out } = await kit.run([...importDialogues(file), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      threadsCreated: expect.any(Number),
      threadsFound: 0,
      itemsAdded: expect.any(Number),
      failed: 1,
      isComplete: false,
      failures: [{ line: 3, message: expect.stringContaining('is not JSON') }],
      durationMs: expect.any(Number),
    });
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['broken JSON', `${many(3)}\n{"id": "x", utterances}\n`, /^line 4: is not JSON/m],
    ['half a line', `${many(3)}\n${dialogue('x').slice(0, 60)}`, /^line 4: is not JSON/m],
    [
      'broken UTF-8',
      Buffer.concat([Buffer.from(`${many(3)}\n`), Buffer.from([0x22, 0xff])]),
      /^line 4: is not UTF-8/m,
    ],
    ['another shape', '{"type": "thread"}', /^line 1: id must be/m],
    ['an id with a space', dialogue('a b'), /^line 1: id must be/m],
    [
      'an item too large',
      dialogue('x').replace('Answer 1', 'x'.repeat(1_100_000)),
      /^line 1: .*bytes/m,
    ],
    [
      'the same id with other content',
      `${dialogue('d', 2)}\n${dialogue('d', 4)}`,
      /^line [12]: .*in use/m,
    ],
  ])('reports %s with its line', async (_name, content, message) => {
    const file = await kit.writeFile('d.jsonl', content);
    const { code, err } = await kit.run(importDialogues(file));
    expect(err).toMatch(message);
    expect(err).toMatch(/error: A line could not be imported/);
    expect(code).toBe(1);
  });

  test('continues after bad lines with --continue-on-error, and still fails', async () => {
    const lines = [dialogue('a'), '{', dialogue('b'), '[]', dialogue('c')];
    const file = await kit.writeFile('d.jsonl', lines.join('\n'));
    const { code, out, err } = await kit.run([...importDialogues(file), '--continue-on-error']);
    expect(out).toContain('Imported 3 threads');
    expect(err).toMatch(/^line 2: .*\nline 4: .*\nerror: 2 lines/);
    expect(code).toBe(1);
  });

  test('an empty file imports nothing', async () => {
    const file = await kit.writeFile('d.jsonl', '\n\n');
    expect(await kit.run(importDialogues(file))).toEqual({
      code: 0,
      out: 'Nothing was imported.\n',
      err: '',
    });
  });

  test('a directory is no file', async () => {
    expect(await kit.run(importDialogues(kit.folder))).toMatchObject({
      code: 1,
      err: expect.stringContaining('is a directory'),
    });
  });

  test('goes to the server that has the directory open', async () => {
    const server = await kit.serve();
    const file = await kit.writeFile('d.jsonl', many(40));
    expect((await kit.run(importDialogues(file))).out).toContain(
      'Imported 40 threads with 160 items',
    );
    expect((await kit.run(importDialogues(file))).out).toContain('Nothing new');
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(await kit.json(['threads'])).toHaveLength(40);
  });

  test('is interrupted without losing work, and continues the next time', async () => {
    const child = kit.start(importDialogues('-'));
    child.write(`${many(20)}\n`);
    // The pipe stays open, so the import waits for more after it has opened the store.
    await expect.poll(() => bytesLogged(kit.data), { timeout: 60_000 }).toBeGreaterThan(2000);
    child.kill('SIGINT');
    expect(await child.exit()).toBe(1);
    expect(child.err).toContain('interrupted');
    const file = await kit.writeFile('d.jsonl', many(25));
    const { out } = await kit.run(importDialogues(file));
    expect(out).toMatch(/^Imported \d+ threads? with .* \d+ threads existed already\.\n$/);
    expect(await kit.json(['threads'])).toHaveLength(25);
  });
});

/** The size of the store's log, which grows with every import. */
async function bytesLogged(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []); // it is not there yet
  const logs = names.filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('export and import through files restore a store', async () => {
  const file = await kit.writeFile('d.jsonl', many(12));
  await kit.run(importDialogues(file));
  const backup = `${kit.folder}/backup.jsonl`;
  expect(await kit.run(['export', '--output', backup])).toEqual({
    code: 0,
    out: 'Exported 12 threads with 48 items.\n',
    err: '',
  });
  const toStdout = await kit.run(['export']);
  expect(toStdout.err).toBe('Exported 12 threads with 48 items.\n');
  const chunks: Buffer[] = [];
  // The stream has no encoding.
  for await (const chunk of createReadStream(backup)) chunks.push(chunk as Buffer);
  // The first line tells when it was written.
  const rowsOf = (text: string): string[] => text.split('\n').slice(1);
  expect(rowsOf(Buffer.concat(chunks).toString())).toEqual(rowsOf(toStdout.out));
  const other = ['--data', `${kit.folder}/other`];
  expect((await kit.run(['import', backup, ...other])).out).toContain(
    'Imported 12 threads with 48 items',
  );
  expect((await kit.run(['import', backup, ...other])).out).toContain('Nothing new');
  const titles = async (args: string[]): Promise<unknown> =>
    (await kit.json<Thread>(['threads', ...args]))
      .map(({ id, title, itemCount }) => `${id} ${title} ${itemCount}`)
      .toSorted();
  expect(await titles(other)).toEqual(await titles([]));
  const one = await kit.run(['export', 'd3']);
  expect(one.out.split('\n').filter((line) => line.startsWith('{"table":"threads"'))).toHaveLength(
    1,
  );
  expect(
    await kit.run(['export', 'missing', '--output', `${kit.folder}/none.jsonl`]),
  ).toMatchObject({ code: 1 });
  expect(await kit.run(['import', `${kit.folder}/none.jsonl`])).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no file'),
  });
});
