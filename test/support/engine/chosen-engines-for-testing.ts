import { test, type TestAPI } from 'vitest';

/**
 * Whether to run the tests of an engine: all, unless the environment's `ENGINES` names some, as in
 * `ENGINES=sqlite,postgres npm test`.
 */
export function isEngineChosen(name: string): boolean {
  const chosen = process.env.ENGINES ?? '';
  return chosen === '' || chosen.split(',').some((other) => other.trim() === name);
}

/**
 * The function that declares tests of an engine. If the engine is not chosen they are skipped, and
 * the report says so.
 */
export function testOfEngine(name: string): TestAPI['skip'] {
  // oxlint-disable-next-line vitest/no-disabled-tests, vitest/valid-title -- declares none itself
  return test.runIf(isEngineChosen(name));
}
