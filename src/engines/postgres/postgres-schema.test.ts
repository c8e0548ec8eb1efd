import { expect, test } from 'vitest';
import { postgresDialect } from './postgres-schema.ts';

test.each([
  ['2024-02-29T12:00:00.000Z', '2024-02-29T12:00:00.000Z'],
  ['+275760-09-13T00:00:00.000Z', '275760-09-13T00:00:00.000Z'],
  ['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
  ['0000-12-31T23:59:59.999Z', '0001-12-31T23:59:59.999Z BC'],
  ['-000001-01-01T00:00:00.000Z', '0002-01-01T00:00:00.000Z BC'],
  ['-004711-01-01T00:00:00.000Z', '4712-01-01T00:00:00.000Z BC'],
])('the time %s is written %s', (time, text) => {
  expect(postgresDialect('public').encode('timestamp', Date.parse(time))).toBe(text);
});

test.each([-8.64e15, Date.parse('-004712-12-31T23:59:59.999Z')])('%d is no time', (time) => {
  expect(() => postgresDialect('public').encode('timestamp', time)).toThrow(TypeError);
});
