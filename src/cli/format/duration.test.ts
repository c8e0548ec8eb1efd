import { expect, test } from 'vitest';
import { formatCount, formatDuration, formatTime, plural } from './duration.ts';

test.each([
  [0, '0:00'],
  [7_400, '0:07'],
  [760_000, '12:40'],
  [11_100_000, '3:05:00'],
  [-5, '0:00'],
])('%i ms is %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test('times are those of the machine, to the second', () => {
  const iso = '2026-03-04T05:06:07.890Z';
  const local = new Date(iso);
  expect(formatTime(iso)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:07$/);
  expect(new Date(formatTime(iso).replace(' ', 'T')).getTime()).toBe(local.getTime() - 890);
  expect(formatTime('nonsense')).toBe('nonsense');
});

test('counts are grouped, and nouns agree', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(plural(1, 'item')).toBe('1 item');
  expect(plural(2000, 'item')).toBe('2,000 items');
});
