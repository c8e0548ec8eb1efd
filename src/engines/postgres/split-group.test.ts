import { describe, expect, test } from 'vitest';
import type { CommitOutcome } from '../sql/group-committer.ts';
import type { PlannedCommit } from '../sql/planned-commit.ts';
import { Patience } from './patience.ts';
import { toEngineError } from './postgres-errors.ts';
import { SplitGroup } from './split-group.ts';

type Answer = Error | undefined;

class ServerError extends Error {
  readonly severity = 'ERROR';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const held = new ServerError('55P03');
const full = new ServerError('53100');

/** Splits a group of as many commits as there are lists of answers, one answer per attempt. */
async function split(
  cause: unknown,
  answers: readonly Answer[][],
  patienceMs = 5000,
): Promise<{ outcomes: CommitOutcome[]; attempts: number[] }> {
  const group = answers.map((): PlannedCommit => {
    return { changes: new Map(), expects: [], rowIds: [], weight: 0 };
  });
  const attempts: number[] = [];
  const { outcomes } = new SplitGroup(group, cause, {
    write: async (commit) => {
      const place = group.indexOf(commit);
      attempts.push(place);
      await new Promise((resolve) => setImmediate(resolve));
      const answer = answers[place]!.shift();
      if (answer) throw answer;
      return undefined;
    },
    patience: new Patience(patienceMs),
    toAnswer: (error) => toEngineError(error, 'host/db'),
  });
  return { outcomes: await Promise.all(outcomes), attempts };
}

describe('a group that is split', () => {
  test('reports the error of one commit to that commit alone', async () => {
    const cause = new RangeError('Invalid string length');
    const { outcomes, attempts } = await split(cause, [[], [cause], [new TypeError('no')], []]);
    expect(attempts).toEqual([0, 1, 2, 3]);
    expect(outcomes).toMatchObject([
      undefined,
      { code: 'payload_too_large' },
      { message: 'no' },
      undefined,
    ]);
  });

  test('lets others pass held commits, and retries those', async () => {
    const { outcomes, attempts } = await split(held, [[held, held], [], [held], []]);
    expect(attempts).toEqual([0, 1, 2, 3, 0, 2, 0]);
    expect(outcomes).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('does not try hundreds for ever that may all be held', async () => {
    const { outcomes, attempts } = await split(held, [[held], [], []], 0);
    expect(attempts).toEqual([]);
    expect(outcomes.map((outcome) => outcome?.message)).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/did not release a row/) as unknown),
    );
  });

  test('tries every one while none is held, whatever patience says', async () => {
    const { outcomes, attempts } = await split(
      new TypeError('no'),
      [[], [new TypeError('no')], []],
      0,
    );
    expect(attempts).toEqual([0, 1, 2]);
    expect(outcomes).toMatchObject([undefined, { message: 'no' }, undefined]);
  });

  test('gives up when the database cannot be written at all', async () => {
    const { outcomes, attempts } = await split(held, [[], [full], []]);
    expect(attempts).toEqual([0, 1]);
    expect(outcomes).toMatchObject([
      undefined,
      { code: 'unavailable', message: expect.stringMatching(/disk is full/) as unknown },
      { code: 'unavailable', message: expect.stringMatching(/disk is full/) as unknown },
    ]);
  });
});
