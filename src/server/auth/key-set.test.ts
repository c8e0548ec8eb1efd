import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { KeySet } from './key-set.ts';

let server: Server;
let url: string;
let answer: RequestListener;
let asked = 0;
let nowMs = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = 0;
  nowMs = 0;
});
afterEach(() => vi.useRealTimers());

const keySet = (): KeySet => new KeySet(url, () => nowMs);

function publish(...ids: readonly string[]): void {
  answer = (_request, response) => response.end(JSON.stringify({ keys: ids.map(keyNamed) }));
}

const keyNamed = (kid: string): object => ({ kty: 'oct', kid });

async function idsIn(set: KeySet, kid?: string): Promise<(string | undefined)[]> {
  return (await set.find(kid)).map((key) => key.kid);
}

const minute = 60_000;

describe('the keys of a provider', () => {
  test('are fetched once for ten minutes, however many ask at once', async () => {
    publish('a');
    const set = keySet();
    await Promise.all(Array.from({ length: 20 }, () => set.find('a')));
    nowMs = 10 * minute;
    expect([await idsIn(set, 'a'), asked]).toEqual([['a'], 1]);
    nowMs += 1;
    publish('a', 'b');
    expect(await idsIn(set, 'a')).toEqual(['a']); // does not wait
    await until(async () => (await idsIn(set, 'a')).length === 2);
    expect(asked).toBe(2);
  });

  test('are fetched again for an unknown key, twice a minute at most', async () => {
    publish('a');
    const set = keySet();
    await set.find('a');
    publish('b');
    expect(await idsIn(set, 'b')).toEqual(['a']);
    nowMs = minute / 2;
    expect(await idsIn(set, 'b')).toEqual(['b']);
    for (let i = 0; i < 100; i++) await set.find(`unknown ${i}`);
    expect(asked).toBe(2);
  });

  test('are kept while the provider is down, and no caller waits for it', async () => {
    publish('a');
    const set = keySet();
    await set.find('a');
    let isAsked = false;
    answer = () => (isAsked = true); // never answers
    nowMs = 11 * minute;
    expect(await idsIn(set, 'a')).toEqual(['a']);
    await until(() => isAsked);
    server.closeAllConnections();
    await until(() => asked === 2);
    nowMs = 24 * 60 * minute;
    answer = (_request, response) => response.writeHead(500).end();
    expect(await idsIn(set, 'a')).toEqual(['a']);
  });
});

const bad: readonly (readonly [what: string, answer: RequestListener])[] = [
  ['an error', (_request, response) => response.writeHead(503).end('{"keys":[]}')],
  ['a redirect', (_request, response) => response.writeHead(302, { location: '/other' }).end()],
  ['no JSON', (_request, response) => response.end('<html>')],
  ['no object', (_request, response) => response.end('null')],
  ['no list', (_request, response) => response.end('{"keys":{}}')],
  [
    'too many keys',
    (_request, response) =>
      response.end(JSON.stringify({ keys: Array.from({ length: 1001 }, String) })),
  ],
  ['a cut connection', (_request, response) => response.destroy()],
  [
    'more than a megabyte',
    (_request, response) => {
      const more = (): boolean => !response.destroyed && response.write(' '.repeat(65_536), more);
      more();
    },
  ],
];

test.each(bad)('a provider that answers with %s changes no key', async (_what, broken) => {
  answer = broken;
  const set = keySet();
  await expect(set.find('a')).rejects.toMatchObject({ code: 'unavailable' });
  await expect(set.find('a')).rejects.toMatchObject({ code: 'unavailable' }); // at once
  expect(asked).toBe(1);
  nowMs = minute;
  publish('a');
  expect(await idsIn(set, 'a')).toEqual(['a']);
  nowMs = 2 * minute;
  answer = broken;
  expect(await idsIn(set, 'b')).toEqual(['a']);
  expect(asked).toBe(3);
});

test('a provider that does not answer is given up after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let isAsked = false;
  answer = () => (isAsked = true);
  const found = keySet().find('a');
  found.catch(() => undefined); // looked at below
  await until(() => isAsked);
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(found).rejects.toMatchObject({ code: 'unavailable' });
});
