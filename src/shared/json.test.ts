import { describe, expect, test } from 'vitest';
import { SkeinError } from './error.ts';
import { canonicalJson, jsonEqual, parseJsonExactly, toJson, toJsonObject } from './json.ts';

function issueOf(run: () => unknown): string {
  try {
    run();
    return 'no error';
  } catch (error) {
    if (!(error instanceof SkeinError) || error.code !== 'invalid_request') throw error;
    return error.issues.map(({ path }) => path).join();
  }
}

describe('toJson', () => {
  test('copies any JSON as it is', () => {
    const value = JSON.parse(
      '{"a":[1,-1.5,1e21,"\\ud800",null,true,{}],"__proto__":{"x":1},"constructor":"c","":[]}',
    ) as Record<string, unknown>;
    const copy = toJson(value, 'parts');
    expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    (value.a as unknown[])[6] = 'changed later';
    expect(JSON.stringify(copy)).not.toContain('changed');
  });

  test('leaves out what is undefined, as JSON.stringify does', () => {
    expect(Object.keys(toJsonObject({ a: undefined, b: 1 }, ''))).toEqual(['b']);
    expect(toJsonObject(Object.create(null), '')).toEqual({});
  });

  const cycle: unknown[] = [];
  cycle.push({ inner: cycle });
  test.each<[string, unknown, string | RegExp]>([
    ['a function', { a: () => 1 }, 'p.a'],
    ['a symbol', [Symbol('s')], 'p.0'],
    ['a bigint', 1n, 'p'],
    ['NaN', { a: { b: Number.NaN } }, 'p.a.b'],
    ['infinity', [1, Infinity], 'p.1'],
    ['undefined', undefined, 'p'],
    ['an array hole', [1, , 2], 'p.1'], // oxlint-disable-line no-sparse-arrays -- that is the point
    ['a date', new Date(0), 'p'],
    ['a map', { a: new Map() }, 'p.a'],
    ['a class instance', new (class A {})(), 'p'],
    ['a cycle', cycle, /^p(?:\.0\.inner)+(?:\.0)?$/],
  ])('refuses %s', (_name, value, path) => {
    expect(issueOf(() => toJson(value, 'p'))).toMatch(
      typeof path === 'string' ? new RegExp(`^${path.replaceAll('.', '\\.')}$`) : path,
    );
  });

  test('takes 64 levels and refuses 65', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(toJson(nested(64), '')).toEqual(nested(64));
    expect(issueOf(() => toJson(nested(65), ''))).not.toBe('no error');
    expect(issueOf(() => toJson(nested(5000), ''))).not.toBe('no error');
  });
});

describe('jsonEqual and canonicalJson', () => {
  const values = [
    null,
    true,
    false,
    0,
    1,
    '',
    '1',
    'null',
    [],
    {},
    [1],
    [1, 2],
    [2, 1],
    { a: 1 },
    { a: 1, b: 2 },
    { a: [1] },
    { b: 1 },
    { a: null },
    [null],
    [[]],
    JSON.parse('{"__proto__":1}'),
    JSON.parse('{"__proto__":{"a":1}}'),
    { toString: 1 },
    { length: 0 },
  ];

  test('agree, and see a difference between all of these', () => {
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries()) {
        const copy = structuredCloneOfJson(b);
        expect([a, b, jsonEqual(a, copy)]).toEqual([a, b, i === j]);
        expect([a, b, canonicalJson(a) === canonicalJson(copy)]).toEqual([a, b, i === j]);
      }
    }
  });

  test('do not care for the order of keys', () => {
    const a = { x: 1, y: { b: [1, { c: 1, d: 2 }], a: 2 }, '10': 1, '9': 2 };
    const b = { '9': 2, y: { a: 2, b: [1, { d: 2, c: 1 }] }, '10': 1, x: 1 };
    expect(jsonEqual(a, b)).toBe(true);
    expect(canonicalJson(a)).toBe(canonicalJson(b));
  });
});

describe('parseJsonExactly', () => {
  test.each([
    '9007199254740991',
    '-9007199254740991',
    '9007199254740992',
    '[1e308, 0.1, 1.5e-7, 1e21, -0, 123456789.123456789]',
    '"12345678901234567890"',
    '{"a": {"id": "99999999999999999999", "n": 1}}',
    '10000000000000000',
    '{"__proto__": {"n": 9007199254740993.5e0}, "constructor": 1}',
  ])('takes %s', (text) => {
    expect(JSON.stringify(parseJsonExactly(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  test.each([
    '9007199254740993',
    '-9007199254740993',
    '[1e400]',
    '{"a":{"b":12345678901234567890}}',
  ])('refuses %s, which would be another number', (text) => {
    expect(issueOf(() => parseJsonExactly(text))).not.toBe('no error');
  });

  test.each([
    ['[[1, "a,b", {"x": [true, 1e999]}]]', '0.2.x.1'],
    [
      '{"items":[{"parts":[{"type":"text"},{"data":{"deep":[0,{"n":1e-324}]}}]}]}',
      'items.0.parts.1.data.deep.1.n',
    ],
    ['{"a\\"]b": {"[": 9007199254740993}}', 'a"]b.['],
    ['{"a":{"b":1},"c":0.0e-999,"d":12345678901234567890}', 'd'],
    ['-4e-325', ''],
    [`{"long":"${'x'.repeat(2_000_000)}${'\\\\n'.repeat(500_000)}","n":1e999}`, 'n'],
  ])('names the place of a number: case %#', (text, path) => {
    expect(issueOf(() => parseJsonExactly(text))).toBe(path);
  });

  test.each(['', '{', '{"a":1,}', 'undefined', "{'a':1}", '\u0000', 'NaN', '[1]]', '01'])(
    '%j is no JSON',
    (text) => {
      expect(issueOf(() => parseJsonExactly(text))).toBe('');
    },
  );
});

function structuredCloneOfJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
