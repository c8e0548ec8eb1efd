import { expect, test } from 'vitest';
import { loggableError } from './loggable-error.ts';

test('an error keeps what tells the fault, and none of the texts that a driver attached', () => {
  const cause = Object.assign(new Error('duplicate key value'), {
    code: '23505',
    detail: 'Key (text)=(hunter2) already exists.',
    parameters: ['hunter2'],
  });
  const thrown = new TypeError('It failed.', { cause });
  const told = loggableError(thrown) as Error;
  expect(told).toMatchObject({ name: 'TypeError', message: 'It failed.', stack: thrown.stack });
  expect(told.cause).toMatchObject({ message: 'duplicate key value', code: '23505' });
  expect(told.cause).not.toHaveProperty('detail');
  expect(JSON.stringify(told.cause, Object.getOwnPropertyNames(told.cause))).not.toContain(
    'hunter2',
  );
});

test('causes that go in a circle come to an end, and other values stay', () => {
  const circle = new Error('again');
  circle.cause = circle;
  let depth = 0;
  for (let at = loggableError(circle); at instanceof Error; at = at.cause) depth++;
  expect(depth).toBeLessThan(20);
  expect(loggableError('text')).toBe('text');
});
