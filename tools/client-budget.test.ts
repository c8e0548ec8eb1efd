import { expect, test } from 'vitest';
import { clientBudget, explainClientSize } from './client-budget.ts';

test('the client has at most 15 KB, and each later noun 300 bytes', () => {
  expect(clientBudget(8)).toBeLessThanOrEqual(15_000);
  expect(clientBudget(10) - clientBudget(8)).toBe(600);
});

test('a client that is too large is found', () => {
  expect(explainClientSize(clientBudget(8), 8)).toBeUndefined();
  expect(explainClientSize(clientBudget(8) + 1, 8)).toContain('createClient has');
  expect(explainClientSize(clientBudget(8) + 1, 9)).toBeUndefined();
  expect(explainClientSize(102_000, 8)).toContain('leave prose and schemas out');
});
