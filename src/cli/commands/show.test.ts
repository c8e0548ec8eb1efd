import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Item, LiveEvent, Thread } from '../store-types.ts';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
  const lines = [
    {
      type: 'thread',
      format: 1,
      thread: {
        id: 't',
        title: 'A \u202e title',
        tags: ['x'],
        scopeType: 'ticket',
        scopeId: 'T/1',
      },
    },
    ...Array.from({ length: 5 }, (_, i) => ({
      type: 'item',
      item: { key: `k${i}`, role: 'user', text: `Item ${i}` },
    })),
    {
      type: 'item',
      item: { key: 'h', role: 'system', text: 'for the model', visibility: 'hidden' },
    },
    { type: 'item', item: { key: 'e', role: 'assistant', text: '\u001b[2Jevil\u0007' } },
    { type: 'end', items: 7, edges: 0 },
  ];
  const file = await kit.writeFile('t.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
  await kit.run(['import', file]);
});

afterEach(() => kit[Symbol.asyncDispose]());

describe('skein show', () => {
  test('prints a transcript, in which nothing can attack the terminal', async () => {
    const { code, out, err } = await kit.run(['show', 't']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(
      /^A <U\+202E> title\nt · assistant · private · 7 items · updated .* · ticket\/T\/1 · #x\n\nuser · local · /,
    );
    expect(out).toContain('\n  Item 0\n  Item 1\n');
    expect(out).toContain('␛[2Jevil␇');
    expect(out).not.toContain('for the model');
    // oxlint-disable-next-line no-control-regex -- control characters are what must be gone
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('shows the newest few, and says that there are older ones', async () => {
    const { out, err } = await kit.run(['show', 't', '--limit', '2']);
    expect(out).toContain('Item 4');
    expect(out).not.toContain('Item 3');
    expect(err).toContain('There are older items');
  });

  test('shows other views, and all as JSON', async () => {
    expect((await kit.run(['show', 't', '--view', 'context'])).out).toContain(
      '  (hidden)\n  for the model',
    );
    const items = await kit.json<Item>(['show', 't', '--all', '--view', 'log']);
    expect(items.map(({ key }) => key)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'h', 'e']);
  });

  test('a missing thread is an error with a hint', async () => {
    expect(await kit.run(['show', 'missing'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error: The thread was not found\.\n`skein threads` lists/),
    });
    expect(await kit.run(['show', 't', '--user', 'stranger'])).toMatchObject({ code: 1 });
  });

  test('follows what another process appends through the server, until Ctrl-C', async () => {
    const server = await kit.serve();
    const following = kit.start(['show', 't', '--follow', '--limit', '1']);
    const machine = kit.start([
      'show',
      't',
      '--follow',
      '--limit',
      '1',
      '--json',
      '--url',
      server.url,
    ]);
    await Promise.all([following.waitFor(/evil/), machine.waitFor(/evil/)]);
    const appending = kit.start(['append', 't', 'Hello from afar', '--role', 'assistant']);
    expect(await appending.exit()).toBe(0);
    await kit.run(['append', 't', 'second'], '');
    await Promise.all([
      following.waitFor(/Hello from afar\n[^]*second/),
      machine.waitFor(/second/),
    ]);
    const [item] = await kit.json<Item>(['show', 't', '--limit', '1']);
    const edited = { items: [{ role: 'user', text: 'second, edited', replacesId: item!.id }] };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${server.url}/v1/threads/t/items`, {
      method: 'POST',
      headers,
      body: JSON.stringify(edited),
    });
    await following.waitFor(
      /\* .* an item was edited by local\n.*\n {2}\(edited\)\n {2}second, edited\n/,
    );
    await machine.waitFor(/second, edited/);
    following.kill('SIGINT');
    machine.kill('SIGTERM');
    expect(await Promise.all([following.exit(), machine.exit()])).toEqual([0, 0]);
    expect(following.err).not.toContain('error');
    const events = machine.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LiveEvent);
    const items = events.filter((event) => event.type === 'item');
    expect(items.map((event) => event.item.parts[0]?.text)).toEqual([
      '\u001b[2Jevil\u0007',
      'Hello from afar',
      'second',
    ]);
    expect(events.some(({ type }) => type === 'change')).toBe(true);
  });

  test('following without a server says that no other process can write', async () => {
    const following = kit.start(['show', 't', '--follow']);
    await following.waitFor(/skein serve/, 'err');
    // It keeps waiting, though nothing can happen, and so keeps the store from others.
    const other = await kit.start(['threads']).ended();
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('another process') });
    expect(following.kill('SIGINT')).toBe(true);
    expect(await following.exit()).toBe(0);
  });
});

describe('skein threads', () => {
  test('is a neat table', async () => {
    const { out, err } = await kit.run(['threads']);
    const [header, row] = out.split('\n');
    expect(header).toMatch(/^TITLE +ID +ITEMS +UPDATED +LAST$/);
    expect(row).toMatch(/^A <U\+202E> title +t +7 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +/);
    expect(err).toBe('');
  });

  test('selects and pages', async () => {
    for (let i = 0; i < 4; i++) {
      const file = await kit.writeFile(
        'more.jsonl',
        `{"type":"thread","format":1,"thread":{"id":"m${i}","tags":["y"],"visibility":"public"}}\n{"type":"end","items":0,"edges":0}`,
      );
      await kit.run(['import', file]);
    }
    const ids = async (...args: string[]): Promise<string[]> =>
      (await kit.json<Thread>(['threads', ...args])).map(({ id }) => id);
    expect(await ids()).toHaveLength(5);
    expect(await ids('--tag', 'x')).toEqual(['t']);
    expect(await ids('--scope', 'ticket/T/1')).toEqual(['t']);
    expect((await ids('--public', '--user', 'stranger')).toSorted()).toEqual([
      'm0',
      'm1',
      'm2',
      'm3',
    ]);
    expect(await ids('--archived')).toEqual([]);
    expect(await ids('--created')).toEqual(['m3', 'm2', 'm1', 'm0', 't']);
    const first = await kit.run(['threads', '--limit', '2', '--json']);
    const [, cursor = ''] = /--after (\S+)/.exec(first.err) ?? [];
    const rest = await ids('--after', cursor, '--all');
    expect(rest).toHaveLength(3);
    expect((await kit.run(['threads', '--tag', 'none'])).err).toBe('No threads.\n');
  });
});

describe('skein append', () => {
  test('takes the text from the command line or from stdin', async () => {
    expect((await kit.run(['append', 't', 'From the line'])).out).toMatch(
      /^Appended [0-9a-f-]{36}\n$/,
    );
    await kit.run(['append', 't', '--role', 'tool'], 'From\nstdin\n');
    const items = await kit.json<Item>(['show', 't', '--limit', '2']);
    expect(items).toMatchObject([
      { role: 'user', authorId: 'local', parts: [{ type: 'text', text: 'From the line' }] },
      { role: 'tool', parts: [{ type: 'text', text: 'From\nstdin' }] },
    ]);
  });

  test('takes parts as JSON', async () => {
    const parts = [
      { type: 'text', text: 'x' },
      { type: 'data-x', n: [1] },
    ];
    const [item] = await kit.json<Item>(['append', 't', '--parts'], JSON.stringify(parts));
    expect(item?.parts).toEqual(parts);
  });

  test('with a key, a retry adds nothing and says so', async () => {
    const first = await kit.run(['append', 't', 'Once', '--key', 'k']);
    const second = await kit.run(['append', 't', 'Once', '--key', 'k']);
    expect(second.out).toMatch(/^Exists already, with this key: /);
    expect(second.out.trim().split(' ').at(-1)).toBe(first.out.trim().split(' ').at(-1));
    expect(await kit.run(['append', 't', 'Other', '--key', 'k'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('key'),
    });
  });

  test.each<[string[], string | Uint8Array, RegExp, number]>([
    [['append', 't', ''], '', /The text is empty/, 2],
    [['append', 't'], '', /The text is empty/, 2],
    [['append', 't', 'x', '--parts'], '[]', /come from stdin/, 2],
    [['append', 't', '--parts'], '{', /not JSON/, 1],
    [['append', 't', '--parts'], '{}', /is not an array of parts/, 1],
    [['append', 't', '--parts'], '[{"type": "text"}]', /items\.0\.parts\.0\.text/, 1],
  ])('%j with %j on stdin is refused', async (args, input, message, code) => {
    const result = await kit.run(args, String(input));
    expect(result.err).toMatch(message);
    expect(result.code).toBe(code);
  });
});
