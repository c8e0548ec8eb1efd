import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createColors } from './format/colors.ts';
import { Progress, progressLine } from './progress.ts';
import type { Terminal } from './terminal.ts';

const options = { verb: 'Importing', noun: 'threads' };

test.each([
  [{ count: 0, done: 0, total: 100 }, 'Importing 0% · 0 threads · 0/s'],
  [{ count: 1240, done: 62, total: 100 }, 'Importing 62% · 1,240 threads · 620/s · 0:01 left'],
  [{ count: 2000, done: 100, total: 100 }, 'Importing 100% · 2,000 threads · 1,000/s'],
  [{ count: 7, done: 700 }, 'Importing 7 threads · 4/s'],
])('%j reads %s', (state, line) => {
  expect(progressLine(options, state, 2000)).toBe(line);
});

function createErr(isErrTty: boolean): { terminal: Terminal; text: () => string } {
  let written = '';
  const err = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  const colors = createColors(false);
  const common = {
    out: err,
    err,
    in: process.stdin,
    env: {},
    isOutTty: false,
    isInTty: false,
    colors,
  };
  return {
    terminal: { ...common, isErrTty, width: 80, errWidth: 80, errColors: colors },
    text: () => written,
  };
}

test('on a terminal the bar redraws itself at most ten times a second, and goes away at the end', () => {
  const { terminal, text } = createErr(true);
  let nowMs = 0;
  const progress = new Progress(terminal, { ...options, now: () => nowMs });
  for (; nowMs < 1000; nowMs++) progress.update({ count: nowMs, done: nowMs, total: 1000 });
  expect(text().match(/Importing/g)).toHaveLength(10);
  expect(text()).toContain('━');
  progress.finish();
  progress.finish();
  expect(text().endsWith('\r\u001b[2K')).toBe(true);
  expect(text()).not.toContain('\n');
});

test('elsewhere it is a plain line every five seconds', () => {
  const { terminal, text } = createErr(false);
  let nowMs = 0;
  const progress = new Progress(terminal, { ...options, now: () => nowMs });
  for (; nowMs <= 12_000; nowMs += 100)
    progress.update({ count: nowMs, done: nowMs, total: 20_000 });
  progress.finish();
  const lines = text().split('\n').slice(0, -1);
  expect(lines).toHaveLength(2);
  // oxlint-disable-next-line no-control-regex -- that there are none is the point
  expect(text()).not.toMatch(/[\r\u001b]/);
});
