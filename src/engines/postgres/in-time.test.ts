import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inTime, NoAnswerError } from './in-time.ts';

test('an answer is waited for, and not for ever', async () => {
  expect(await inTime(Promise.resolve(1), 10)).toBe(1);
  const failure = new Error('no');
  await expect(inTime(Promise.reject(failure), 10)).rejects.toBe(failure);
  await expect(inTime(new Promise(() => undefined), 10)).rejects.toBeInstanceOf(NoAnswerError);
});

test('an answer that comes too late, and fails, does no harm', async () => {
  const late = Promise.withResolvers<never>();
  await expect(inTime(late.promise, 1)).rejects.toBeInstanceOf(NoAnswerError);
  late.reject(new Error('the connection was closed'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('an answer that came while the process stood still counts', async () => {
  const answer = inTime(stat('.'), 10);
  // As a long task would do; meanwhile the answer comes.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect((await answer).isDirectory()).toBe(true);
});
