import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Thread } from '../../api/thread.ts';
import { readJsonBody } from './body.ts';
import { readRequestId } from './headers.ts';
import { readIfVersion } from './preconditions.ts';
import { FetchSource } from './request-source.ts';
import { isPathDecodable, readQuery } from './query.ts';

const invalid = expect.objectContaining({ code: 'invalid_request' }) as Error;

describe('a query', () => {
  test('is decoded', () => {
    expect({ ...readQuery('http://h/p') }).toEqual({});
    expect({ ...readQuery('http://h/p?') }).toEqual({});
    expect({ ...readQuery('http://h/p?a=1&b=%C3%BC+x%2B&c&&d==&__proto__=2#?e=3') }).toEqual({
      a: '1',
      b: 'ü x+',
      c: '',
      d: '=',
      ['__proto__']: '2',
    });
  });

  test.each([
    'a=1&a=2',
    'a&a',
    'a=1&%61=2',
    'a=%',
    'a=%zz',
    'a=%ff',
    '%ff=1',
    '__proto__=1&__proto__=2',
  ])('?%s is refused', (query) => {
    expect(() => readQuery(`http://h/p?${query}`)).toThrow(invalid);
  });
});

test('a path is decodable, or is not', () => {
  for (const path of ['/a', '/a%20b', '/%C3%BC', '/a?x=%zz', '/a#%zz', '/%25zz'])
    expect(isPathDecodable(`http://h${path}`), path).toBe(true);
  for (const path of ['/%', '/%z', '/%zz', '/%ff', '/%C3', '/%c3/%bc'])
    expect(isPathDecodable(`http://h${path}`), path).toBe(false);
});

describe('If-Match', () => {
  const thread = { version: 5 } as Thread; // no more is looked at
  const read = (
    value: string,
    readThread = () => Promise.resolve(thread),
  ): Promise<number | undefined> => readIfVersion(new Headers({ 'if-match': value }), readThread);
  const never = (): Promise<Thread> => Promise.reject(new TypeError('was read'));

  test('of one version is passed on, without a read', async () => {
    expect(await readIfVersion(new Headers(), never)).toBeUndefined();
    expect(await read('*', never)).toBeUndefined();
    expect(await read('"4"', never)).toBe(4);
    expect(await read('  "4"  ', never)).toBe(4);
  });

  test('of several takes the one that holds', async () => {
    expect(await read('"4", "5"')).toBe(5);
    expect(await read('"a,b" ,W/"4","5"')).toBe(5);
  });

  test.each([
    'W/"5"',
    '"4", "6"',
    '"five"',
    '""',
    '"05"',
    '"5.0"',
    '"5000000000000000000000"',
    'W/"5", W/"5"',
  ])('%s fails', async (value) => {
    await expect(read(value)).rejects.toMatchObject({ code: 'precondition_failed' });
  });

  test.each(['5', '"5', '5"', '"5" "6"', '"5";', 'w/"5"', ',', '"5", *'])(
    '%s is malformed',
    async (value) => {
      await expect(read(value)).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );
});

describe('a request id', () => {
  test.each(['a', 'req_abc-1:2/3', '~!@#', 'x'.repeat(128)])('%s is kept', (id) => {
    expect(readRequestId(new Headers({ 'x-request-id': id }))).toBe(id);
  });

  test.each(['', 'a b', 'ü', 'x'.repeat(129)])('%j is replaced', (id) => {
    expect(readRequestId(new Headers({ 'x-request-id': id }))).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7/,
    );
  });
});

describe('a body', () => {
  const read = (
    body: BodyInit,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<unknown> =>
    readJsonBody(
      new FetchSource(
        new Request('http://h', { method: 'POST', body, headers, duplex: 'half' } as RequestInit),
      ),
      100,
    );
  const streamOf = (...chunks: string[]): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(Buffer.from(chunk, 'latin1'));
        controller.close();
      },
    });

  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/merge-patch+json',
    'application/json; profile=x',
  ])('may be %s', async (type) =>
    expect(await read('{"a":[1]}', { 'content-type': type })).toEqual({ a: [1] }),
  );

  test.each([
    'text/json',
    'application/xml',
    'application/json; charset=latin1',
    'json',
    'application/+json',
    '',
  ])('may not be %j', async (type) => {
    await expect(read('{}', { 'content-type': type })).rejects.toThrow(invalid);
  });

  test('may arrive in pieces cut inside a character', async () => {
    expect(await read(streamOf('{"a":"\xc3', '\xbc"', '}'))).toEqual({ a: 'ü' });
    expect(await read(streamOf('', ''))).toBeUndefined();
  });

  test('is counted as it arrives', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(30));
      },
    });
    await expect(read(endless)).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(pulled).toBeLessThan(8);
    expect(await read(' '.repeat(98) + '{}')).toEqual({});
    await expect(read(' '.repeat(99) + '{}')).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('may be compressed, and counts in full', async () => {
    const gzip = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(await read(gzipSync('{"a":1}'), gzip)).toEqual({ a: 1 });
    expect(await read('{"a":1}', { ...gzip, 'content-encoding': 'identity' })).toEqual({ a: 1 });
    const bomb = gzipSync(`{"a":"${' '.repeat(100_000)}"}`);
    const small = gzipSync(`{"a":"${'x'.repeat(200)}"}`);
    for (const packed of [bomb, small]) {
      await expect(read(packed, gzip)).rejects.toMatchObject({ code: 'payload_too_large' });
    }
    await expect(read('{"a":1}', gzip)).rejects.toThrow(invalid);
    await expect(read(gzipSync('{"a":1}').subarray(0, 15), gzip)).rejects.toThrow(invalid);
    for (const encoding of ['br', 'deflate', 'gzip, gzip']) {
      const reading = read('{"a":1}', { ...gzip, 'content-encoding': encoding });
      await expect(reading).rejects.toMatchObject({ issues: [{ path: 'Content-Encoding' }] });
    }
  });

  test("that breaks off is the client's fault", async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error('connection reset')),
    });
    await expect(read(broken)).rejects.toThrow(invalid);
  });

  test('keeps __proto__ as a key like any other', async () => {
    const value = (await read('{"__proto__":{"a":1}}')) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
