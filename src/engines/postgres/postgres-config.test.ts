import { describe, expect, test } from 'vitest';
import { parsePostgresConfig, shownAddress } from './postgres-config.ts';

const url = 'postgres://u:hush@h/d';

describe('the configuration', () => {
  test.each([
    { schema: '' },
    { schema: 'a\u0000' },
    { schema: 'ж'.repeat(29) },
    { connectionsMax: 1 },
    { patienceMs: -1 },
    { answerTimeoutMs: 1999 },
    { answerTimeoutMs: Infinity },
  ])('is refused with %j', (more) => {
    expect(() => parsePostgresConfig({ url, ...more })).toThrow(TypeError);
  });

  test('has defaults, and takes names up to what PostgreSQL keeps of the channel of their hints', () => {
    const schema = 'ж'.repeat(28);
    expect(parsePostgresConfig({ url, schema })).toMatchObject({
      schema,
      connectionsMax: 10,
      patienceMs: 5000,
      answerTimeoutMs: 30_000,
    });
  });
});

describe('an address', () => {
  test.each([
    ['postgres://u:hush@h:1/d', 'h:1/d'],
    ['postgres:///d?host=/tmp&user=me@tenant', '/tmp/d'],
  ])('is named without user and password: %s', (address, name) => {
    expect(shownAddress(address)).toBe(name);
  });

  test.each([
    'what is this',
    'mysql://u:hush@h/d',
    'postgres://admin:12/34hush@localhost/db',
    'postgres://admin:12?34hush@localhost/db',
    'postgres://admin:12#34hush@localhost/db',
    'postgres://admin@localhost/db/hush',
  ])('that is none is refused, and not shown: %s', (address) => {
    expect(() => shownAddress(address)).toThrow(
      'The address of the database is not of the form postgres://user:password@host:5432/database; ' +
        'in a password, write %40 for @ and %2F for /.',
    );
  });
});
