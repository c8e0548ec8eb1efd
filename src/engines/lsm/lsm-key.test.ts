import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ColumnType, Scalar } from '../../engine/engine.ts';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import { encoderOf, endOf, keyspaceOf, KeyReader, metaKeyOf, sentinelOf } from './lsm-key.ts';

type KeyType = Exclude<ColumnType, 'json'>;
const types: readonly KeyType[] = ['string', 'int', 'number', 'boolean', 'timestamp'];

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const keyspace = keyspaceOf(1, 0);

function encode(columns: readonly KeyType[], values: readonly Scalar[]): string {
  return keyspace + values.map((value, i) => encoderOf(columns[i]!)(value)).join('');
}

function bytesOf(key: string): Buffer {
  return Buffer.from(key, 'utf8');
}

function compareValues(a: readonly Scalar[], b: readonly Scalar[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i]!, b[i]!];
    const order =
      typeof left === 'string' ? compareUtf8(left, right as string) : Number(left) - Number(right);
    if (order !== 0) return Math.sign(order);
  }
  return Math.sign(a.length - b.length);
}

const chars = ['\u0000', '\u0001', '\u0002', 'a', 'b', '\u007f', 'é', '\ud7ff', '\ue000', '\uffff'];
const supplementary = ['\u{10000}', '😀', '\u{10fffe}', '\u{10ffff}'];
const numbers = [
  0,
  1,
  -1,
  0.5,
  -0.5,
  1e300,
  -1e300,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  5e-324,
  -5e-324,
];
const ints = [
  0,
  1,
  -1,
  127,
  128,
  2 ** 28,
  2 ** 28 - 1,
  -(2 ** 28),
  -(2 ** 28) - 1,
  2 ** 53 - 1,
  1 - 2 ** 53,
];

function randomValue(random: SeededRandom, type: KeyType): Scalar {
  switch (type) {
    case 'string':
      return Array.from({ length: random.below(4) }, () =>
        random.pick([...chars, ...supplementary]),
      ).join('');
    case 'int':
    case 'timestamp':
      return random.chance(0.5) ? random.pick(ints) : random.below(2 ** 50) - 2 ** 49;
    case 'number':
      return random.chance(0.5)
        ? random.pick(numbers)
        : (random.fraction() - 0.5) * 10 ** random.below(20);
    case 'boolean':
      return random.chance(0.5);
  }
}

describe(`random keys (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const cases = Array.from({ length: 4000 }, () => {
    const columns = Array.from({ length: 1 + random.below(3) }, () => random.pick(types));
    const values = (): Scalar[] => columns.map((type) => randomValue(random, type));
    const [a, b] = [values(), values()];
    // Errors of an order show between neighbours, which often share their beginning.
    if (random.chance(0.7)) b[0] = a[0]!;
    return { columns, a, b, prefix: a.slice(0, random.below(a.length + 1)) };
  });

  test('their bytes are ordered as their values', () => {
    for (const { columns, a, b } of cases) {
      const order = Buffer.compare(bytesOf(encode(columns, a)), bytesOf(encode(columns, b)));
      expect(order, JSON.stringify({ columns, a, b })).toBe(compareValues(a, b));
    }
  });

  test('are read back, and come through UTF-8 unchanged', () => {
    const reader = new KeyReader();
    for (const { columns, a } of cases) {
      const key = encode(columns, a);
      expect(bytesOf(key).toString('utf8')).toBe(key);
      reader.start(key);
      expect(columns.map((type) => reader.read(type))).toEqual(a);
    }
  });

  test('a range from a prefix to its end holds exactly the keys that begin with it', () => {
    for (const { columns, a, b, prefix } of cases) {
      const start = bytesOf(encode(columns, prefix));
      const end = bytesOf(endOf(encode(columns, prefix)));
      expect(Buffer.compare(start, end)).toBe(-1);
      for (const values of [a, b]) {
        const key = bytesOf(encode(columns, values));
        const isInside = Buffer.compare(key, start) >= 0 && Buffer.compare(key, end) < 0;
        const begins = compareValues(values.slice(0, prefix.length), prefix) === 0;
        expect(isInside, JSON.stringify({ columns, values, prefix })).toBe(begins);
      }
    }
  });

  test('are between their keyspace and its sentinel, and ranges do not reach beyond it', () => {
    const sentinel = bytesOf(sentinelOf(keyspace));
    expect(Buffer.compare(sentinel, bytesOf(keyspaceOf(1, 1)))).toBe(-1);
    for (const { columns, a, prefix } of cases) {
      expect(Buffer.compare(bytesOf(encode(columns, a)), sentinel)).toBe(-1);
      expect(Buffer.compare(bytesOf(endOf(encode(columns, prefix))), sentinel)).toBeLessThan(1);
    }
  });
});

test('-0 and 0 are one value', () => {
  expect(encode(['number'], [-0])).toBe(encode(['number'], [0]));
});

test.for([1, 127, 128, 254])('the keyspaces of id %i are in order and apart', (id) => {
  const order = [keyspaceOf(id, 0), keyspaceOf(id, 1), keyspaceOf(id, 254), keyspaceOf(id + 1, 0)];
  const keys = order.flatMap((space) => [
    space + '\u0000',
    space + '\u{10ffff}\u0001',
    sentinelOf(space),
  ]);
  expect(keys.toSorted((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)))).toEqual(keys);
});

test.for(['', '\u0000\u0000', '\u0001\u0000\u007f'])(
  'a key that ends too early is damage: %j',
  (rest) => {
    const reader = new KeyReader();
    reader.start(keyspace + rest);
    expect(() => reader.read('int')).toThrow(expect.objectContaining({ code: 'internal' }));
    reader.start(`${keyspace}abc`);
    expect(() => reader.read('string')).toThrow(expect.objectContaining({ code: 'internal' }));
  },
);

/** `docs/formats/lsm.md` shows keys as table rows: | name | type and value, … | hex bytes | */
describe('the examples of the documentation', () => {
  const page = readFileSync(new URL('../../../docs/formats/lsm.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^\| [^|]+ \| ([^|]+) \| `([0-9a-f ]+)` *\|$/gm)].map(
    ([, values, bytes]) => [values!.trim(), bytes!.trim()] as const,
  );

  test('are there', () => {
    expect(examples.length).toBeGreaterThan(15);
  });

  test.for(examples)('%s', ([values, bytes]) => {
    expect(bytesOf(keyOfExample(values)).toString('hex')).toBe(bytes.replaceAll(' ', ''));
  });
});

/**
 * The key that an example writes as `keyspace 1 0, string "a", int -1, sentinel`, in backquotes or
 * not.
 */
function keyOfExample(text: string): string {
  let key = '';
  for (const part of text.replaceAll('`', '').split(', ')) {
    const [kind, ...rest] = part.split(' ');
    const value = rest.join(' ');
    if (kind === 'keyspace') key += keyspaceOf(Number(rest[0]), Number(rest[1]));
    else if (kind === 'sentinel') key = sentinelOf(key);
    else if (kind === 'meta') key = metaKeyOf(JSON.parse(value) as string);
    else key += encoderOf(kind as KeyType)(JSON.parse(value) as Scalar);
  }
  return key;
}
