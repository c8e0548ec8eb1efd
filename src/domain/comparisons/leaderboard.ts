/**
 * Ranks the models of a project by all its votes. Votes never change, so each process counts them
 * once and then reads only new ones. Votes in threads that the caller cannot read count, too, but
 * show only in the sums. The votes of a deleted thread disappear with it: immediately in the
 * process that deletes it, elsewhere at the next recount, every ten minutes.
 */
import type { ThreadRow } from '../../records/tables/thread-tables.ts';
import { perStore } from '../base/per-store.ts';
import type { Scalar } from '../../records/records.ts';
import { votes, type VoteRow } from '../../records/tables.ts';
import { LruMap } from '../../shared/lru-map.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import type { Leaderboard } from '../../api/comparison.ts';
import { rank, type PairTally } from './standings.ts';

/** See `ComparisonsApi.leaderboard`. */
export async function readLeaderboard({ core, principal }: Reading): Promise<Leaderboard> {
  mustUserId(principal);
  const counter = counterOf(core, principal.projectId);
  // One at a time, so that no vote is counted twice.
  const counted = counter.last.then(() => count(core, counter, principal.projectId));
  counter.last = counted.then(ignore, ignore);
  const { pairs, isComplete } = await counted;
  return rank(pairs, isComplete);
}

/**
 * Called when votes leave the project with a thread: the next reader recounts from the beginning.
 */
export async function forgetVotesOf(
  core: Core,
  { id }: Pick<ThreadRow, 'id'>,
): Promise<(() => void) | undefined> {
  const [vote] = await core.records.scan(votes, { prefix: [id], limit: 1 });
  return vote && (() => countersOf(core).delete(vote.projectId));
}

interface Counter {
  served: Count;
  /** A recount from the beginning, while it is in progress. */
  fresh: Count | undefined;
  last: Promise<void>;
}

/** The votes up to a position before which no new vote can appear. */
interface Count {
  readonly beganAtMs: number;
  readonly pairs: Map<string, PairTally>;
  position: readonly Scalar[] | undefined;
}

const countersOf = perStore(() => new LruMap<string, Counter>(projectsCountedMax));

function counterOf(core: Core, projectId: string): Counter {
  let counter = countersOf(core).get(projectId);
  if (counter === undefined) {
    counter = { served: newCount(core), fresh: undefined, last: Promise.resolve() };
    countersOf(core).set(projectId, counter);
  }
  return counter;
}

function newCount(core: Core): Count {
  return { beganAtMs: core.clock(), pairs: new Map(), position: undefined };
}

interface Counted {
  readonly pairs: ReadonlyMap<string, PairTally>;
  readonly isComplete: boolean;
}

async function count(core: Core, counter: Counter, projectId: string): Promise<Counted> {
  if (core.clock() - counter.served.beganAtMs >= countAnewMs) counter.fresh ??= newCount(core);
  if (counter.fresh) {
    const counted = await countOn(core, counter.fresh, projectId);
    if (counted.isComplete) {
      counter.served = counter.fresh;
      counter.fresh = undefined;
      return counted;
    }
  }
  return countOn(core, counter.served, projectId);
}

/** Counts new votes, at most `pagesMax` pages of them. */
async function countOn(core: Core, count: Count, projectId: string): Promise<Counted> {
  const settledBefore = core.clock() - settleMs;
  let tail: Map<string, PairTally> | undefined;
  let after = count.position;
  for (let page = 0; page < pagesMax; page++) {
    const rows = await core.records.scan(votes, {
      index: 'byProject',
      prefix: [projectId],
      limit: pageSize,
      ...(after && { after }),
    });
    for (const row of rows) {
      after = [row.createdAt, row.threadId, row.comparisonId, row.userId];
      // Votes that are final must not be followed by older ones.
      if (row.createdAt >= settledBefore) tail ??= copyOf(count.pairs);
      else if (tail === undefined) count.position = after;
      add(tail ?? count.pairs, row);
    }
    if (rows.length < pageSize) return { pairs: tail ?? count.pairs, isComplete: true };
  }
  return { pairs: tail ?? count.pairs, isComplete: false };
}

function add(pairs: Map<string, PairTally>, row: VoteRow): void {
  // Each pair is counted once, whichever side its models were on.
  const isSwapped = row.leftModel > row.rightModel;
  const [first, second] = isSwapped
    ? [row.rightModel, row.leftModel]
    : [row.leftModel, row.rightModel];
  const key = JSON.stringify([first, second]);
  const tally = pairs.get(key) ?? { first, second, firstWins: 0, secondWins: 0, ties: 0 };
  const isFirst = row.choice === (isSwapped ? 'right' : 'left');
  const isTie = row.choice !== 'left' && row.choice !== 'right';
  const won = isTie ? 'ties' : isFirst ? 'firstWins' : 'secondWins';
  pairs.set(key, { ...tally, [won]: tally[won] + 1 });
}

function copyOf(pairs: ReadonlyMap<string, PairTally>): Map<string, PairTally> {
  return new Map(pairs); // the tallies are never changed in place
}

function ignore(): void {
  // The caller has got its result; the next one continues from here.
}

const projectsCountedMax = 1000;
const pageSize = 1000;
/** Limits one call to 20,000 votes. */
const pagesMax = 20;
/** A commit in progress, or a server whose clock is behind, can still add votes of this age. */
const settleMs = 60_000;
const countAnewMs = 10 * 60_000;
