import { afterEach, beforeEach, expect, test } from 'vitest';
import { put } from '../../records/records.ts';
import { comparisons, threads, votes, type VoteRow } from '../../records/tables.ts';
import {
  codeOf,
  openKit,
  settled,
  times,
  type StoreKit,
  storedForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Leaderboard } from '../../api/comparison.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

let kit: StoreKit;
const models = ['lab/alpha', 'lab/beta', 'lab/gamma'] as const;

beforeEach(async () => {
  kit = await openKit({ responders: new Respondents(models) });
});
afterEach(() => kit[Symbol.asyncDispose]());

const board = (): Promise<Leaderboard> => kit.owner.comparisons.leaderboard();

async function voted(
  threadId: string,
  left: string,
  right: string,
  choice: 'left' | 'tie',
): Promise<void> {
  const input = { prompt: 'x', models: [left, right] as const };
  const { comparison, done } = await kit.owner.comparisons.create(threadId, input);
  await done;
  await kit.owner.comparisons.vote(threadId, comparison.id, { choice });
}

/** Writes votes directly to the engine, as many as a test needs. */
async function writeVotes(count: number, vote: (i: number) => Partial<VoteRow>): Promise<void> {
  const thread = await kit.thread();
  const rows = times(count, (i): VoteRow => ({
    threadId: storedForTesting(thread.id),
    comparisonId: `c${i}`,
    userId: 'u',
    projectId: 'project',
    choice: 'left',
    leftModel: 'lab/alpha',
    rightModel: 'lab/beta',
    requestId: 'r',
    createdAt: kit.clock.nowMs - 1_000_000 + i,
    version: 1,
    ...vote(i),
  }));
  for (let i = 0; i < count; i += 1000) {
    await kit.engine.commit({ puts: rows.slice(i, i + 1000).map((row) => put(votes, row)) });
  }
}

test('is empty without votes', async () => {
  expect(await board()).toEqual({ data: [], votes: 0, isComplete: true });
});

test('ranks by preference, and shows each vote immediately', async () => {
  const { id } = await kit.thread();
  await voted(id, 'lab/alpha', 'lab/beta', 'left');
  const [first, second] = (await board()).data;
  expect(first).toMatchObject({
    model: 'lab/alpha',
    rank: 1,
    votes: 1,
    wins: 1,
    losses: 0,
    ties: 0,
  });
  expect(second).toMatchObject({ model: 'lab/beta', rank: 1, wins: 0, losses: 1 });
  expect(first!.rating + second!.rating).toBeCloseTo(2000, 0);
  await voted(id, 'lab/gamma', 'lab/alpha', 'tie');
  const standings = await board();
  expect(standings.votes).toBe(2);
  expect(standings.data.map(({ model }) => model)).toEqual(['lab/alpha', 'lab/gamma', 'lab/beta']);
});

test('says who is surely better', async () => {
  await writeVotes(300, (i) => ({ choice: i % 10 === 0 ? 'right' : 'left' }));
  const [first, second] = (await board()).data;
  expect([first?.model, first?.rank, first?.wins, second?.rank]).toEqual(['lab/alpha', 1, 270, 2]);
  expect(first!.ratingLow).toBeGreaterThan(second!.ratingHigh);
  expect(first!.rating - second!.rating).toBeCloseTo(400 * Math.log10(9), -1);
});

test('does not care which side a model was on', async () => {
  await writeVotes(10, (i) =>
    i % 2 === 0
      ? { leftModel: 'lab/beta', rightModel: 'lab/alpha', choice: 'right' }
      : { choice: 'left' },
  );
  expect((await board()).data.map(({ model, wins }) => [model, wins])).toEqual([
    ['lab/alpha', 10],
    ['lab/beta', 0],
  ]);
});

test('counts each vote once, however often and by how many it is asked', async () => {
  await writeVotes(2500, () => ({}));
  const answers = await Promise.all(times(5, board));
  for (const answer of answers) expect(answer.votes).toBe(2500);
  const { id } = await kit.thread();
  await voted(id, 'lab/alpha', 'lab/beta', 'tie');
  expect((await board()).votes).toBe(2501);
  kit.clock.advance(120_000);
  expect((await board()).votes).toBe(2501);
  expect((await board()).votes).toBe(2501);
});

test('of many votes is counted over several calls, and says so', async () => {
  await writeVotes(25_000, () => ({}));
  const first = await board();
  expect([first.votes, first.isComplete]).toEqual([20_000, false]);
  const second = await board();
  expect([second.votes, second.isComplete]).toEqual([25_000, true]);
});

test('finds a vote that was committed late', async () => {
  await voted((await kit.thread()).id, 'lab/alpha', 'lab/beta', 'left');
  expect((await board()).votes).toBe(1);
  const late = kit.clock.nowMs - 30_000;
  await writeVotes(1, () => ({ createdAt: late }));
  expect((await board()).votes).toBe(2);
});

test('is of one project, for those who are signed in', async () => {
  await writeVotes(3, () => ({}));
  expect((await kit.other.comparisons.leaderboard()).votes).toBe(3);
  expect((await kit.foreigner.comparisons.leaderboard()).votes).toBe(0);
  expect(await codeOf(kit.anonymous.comparisons.leaderboard())).toBe('unauthenticated');
});

test('loses the votes of a deleted thread', async () => {
  const kept = await kit.thread();
  await voted(kept.id, 'lab/alpha', 'lab/beta', 'left');
  const gone = await kit.thread();
  await voted(gone.id, 'lab/beta', 'lab/alpha', 'left');
  expect((await board()).votes).toBe(2);
  await kit.owner.threads.delete([gone.id]);
  await settled(kit);
  expect((await board()).votes).toBe(1);
  expect(await kit.rows(comparisons)).toHaveLength(1);
});

test('recounts periodically, so that deletions by other processes take effect', async () => {
  await writeVotes(5, () => ({}));
  expect((await board()).votes).toBe(5);
  const [row] = await kit.rows(votes);
  await kit.engine.commit({ deletes: [{ table: votes, key: [row!.threadId, 'c0', 'u'] }] });
  expect((await board()).votes).toBe(5);
  kit.clock.advance(11 * 60_000);
  expect((await board()).votes).toBe(4);
  expect(await kit.rows(threads)).not.toEqual([]);
});
