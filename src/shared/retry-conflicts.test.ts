import { expect, test } from 'vitest';
import { ConflictError } from './error.ts';
import { retryConflicts } from './retry-conflicts.ts';

test('a step that others win is done again', async () => {
  let tries = 0;
  const step = async (): Promise<number> => {
    if (++tries < 3) throw new ConflictError('Another was first.');
    return Promise.resolve(tries);
  };
  expect(await retryConflicts(step)).toBe(3);
});

test('a step that others keep winning fails with the last conflict', async () => {
  let tries = 0;
  const step = (): Promise<never> => Promise.reject(new ConflictError(`Try ${++tries}.`));
  await expect(retryConflicts(step)).rejects.toThrow('Try 20.');
});

test('another failure is not tried again', async () => {
  let tries = 0;
  const step = (): Promise<never> => Promise.reject(new TypeError(`Try ${++tries}.`));
  await expect(retryConflicts(step)).rejects.toThrow(TypeError);
  expect(tries).toBe(1);
});
