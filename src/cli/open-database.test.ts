import { describe, expect, test } from 'vitest';
import { CliError } from './cli-error.ts';
import { identityOf, locationName, parseLocation } from './open-database.ts';

/** The message and the hint of the refusal of an address. */
function refusalOf(address: string): string {
  try {
    parseLocation(address);
  } catch (error) {
    if (error instanceof CliError) return `${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error('The address was taken.');
}

describe('the address of a database on a server', () => {
  test.each([
    'postgres://admin:12/34hush@localhost/db',
    'postgres://admin:12?34hush@localhost/db',
    'postgres://admin:12#34hush@localhost/db',
    'postgres://admin:12/hush?34@localhost/db',
    'postgres://admin:/hush@localhost/db',
    'postgres://ad/min:hush@localhost/db',
    'postgres://admin@localhost/db/hush',
  ])('that only looks like one is refused, and not shown: %s', (address) => {
    const text = refusalOf(address);
    expect(text).toMatch(/malformed.*%40 for @ and %2F for \//);
    expect(text).not.toMatch(/admin|12|34|hush|localhost/);
  });

  test.each([
    ['postgres://u:p%2F%40@h:5433/d', 'postgres://h:5433/d'],
    ['postgres://u:p@ss@h/d?schema=chat', 'postgres://h/d (schema chat)'],
    ['postgres:///d?host=/tmp&user=me@tenant', 'postgres:///d (host /tmp)'],
    ['postgres:///d?host=/tmp&port=6000&schema=x', 'postgres:///d (host /tmp:6000, schema x)'],
  ])('is named without user and password: %s', (address, name) => {
    expect(locationName(parseLocation(address))).toBe(name);
  });

  test.each([
    ['postgres://u:p@h/d', 'postgresql://other@h:5432/d?sslmode=disable', true],
    ['postgres://h/d', 'postgres://h/d?schema=public', true],
    ['postgres://h/d', 'postgres://h/d?schema=other', false],
    ['postgres://h/d', 'postgres://h:5433/d', false],
    ['postgres:///d?host=/tmp/a', 'postgres:///d?host=/tmp/b', false],
    ['postgres:///d?host=/tmp', 'postgres:///d?host=/tmp&port=5433', false],
    ['postgres:///d?host=/tmp', 'postgres://%2Ftmp:5432/d', true],
    ['postgres://a/d?host=h', 'postgres://h/d', true],
  ])('%s and %s name the same store: %s', async (a, b, isSame) => {
    const [first, second] = [
      await identityOf(parseLocation(a)),
      await identityOf(parseLocation(b)),
    ];
    expect(first === second).toBe(isSame);
  });

  test.each(['', 'ж'.repeat(29), 'a'.repeat(58), 'a%00b'])('takes no schema "%s"', (schema) => {
    expect(refusalOf(`postgres://h/d?schema=${schema}`)).toMatch(
      /^The schema in the address must have 1 to 57 bytes in UTF-8, and no U\+0000\. /,
    );
  });

  test.each(['ж'.repeat(28), 'a'.repeat(57)])('takes the schema "%s"', (schema) => {
    expect(parseLocation(`postgres://h/d?schema=${schema}`)).toMatchObject({ schema });
  });
});

describe('the address of a file', () => {
  test.each(['sqlite:', 'sqlite: ', 'sqlite::memory:', 'sqlite: :memory: '])(
    'names one, and not memory: %j',
    (address) => {
      expect(refusalOf(address)).toMatch(/file of the database is missing/);
    },
  );
});
