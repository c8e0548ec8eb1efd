import { rateByVotes, type PairVotes, type Rating } from './bradley-terry.ts';
import type { Leaderboard, Standing } from '../../api/comparison.ts';

/** The votes between two models. `ties` are those of both kinds. */
export interface PairTally {
  readonly first: string;
  readonly second: string;
  readonly firstWins: number;
  readonly secondWins: number;
  readonly ties: number;
}

/** Rates the models with the most votes, by their votes against each other. */
export function rank(pairs: ReadonlyMap<string, PairTally>, isComplete: boolean): Leaderboard {
  const all = [...pairs.values()];
  const models = mostVoted(all);
  const indexes = new Map(models.map((model, i) => [model, i]));
  const known = all.filter(({ first, second }) => indexes.has(first) && indexes.has(second));
  const votes = known.map((pair) => pairVotesOf(pair, indexes));
  const records = recordsOf(models, known);
  const ratings = rateByVotes(models.length, votes);
  const data = ratings
    .map((rating, i) => standingOf(records[i]!, rating, ratings))
    .toSorted((a, b) => b.rating - a.rating || (a.model < b.model ? -1 : 1));
  return { data, votes: sum(all.map(totalOf)), isComplete };
}

/** The time of rating grows with the cube of this number. */
const rankedMax = 200;

function mostVoted(pairs: readonly PairTally[]): string[] {
  const counts = new Map<string, number>();
  for (const pair of pairs) {
    for (const model of [pair.first, pair.second])
      counts.set(model, (counts.get(model) ?? 0) + totalOf(pair));
  }
  const sorted = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.slice(0, rankedMax).map(([model]) => model);
}

function totalOf({ firstWins, secondWins, ties }: PairTally): number {
  return firstWins + secondWins + ties;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function pairVotesOf(pair: PairTally, indexes: ReadonlyMap<string, number>): PairVotes {
  return {
    left: indexes.get(pair.first)!, // both are among the known
    right: indexes.get(pair.second)!,
    leftWins: pair.firstWins,
    rightWins: pair.secondWins,
    ties: pair.ties,
  };
}

type Record = Pick<Standing, 'model' | 'votes' | 'wins' | 'losses' | 'ties'>;

function recordsOf(models: readonly string[], pairs: readonly PairTally[]): Record[] {
  const records = new Map(
    models.map((model) => [model, { model, votes: 0, wins: 0, losses: 0, ties: 0 }]),
  );
  for (const { first, second, firstWins, secondWins, ties } of pairs) {
    for (const [model, wins, losses] of [
      [first, firstWins, secondWins],
      [second, secondWins, firstWins],
    ] as const) {
      const record = records.get(model)!; // both are among the known
      record.wins += wins;
      record.losses += losses;
      record.ties += ties;
      record.votes += wins + losses + ties;
    }
  }
  return [...records.values()];
}

function standingOf(record: Record, own: Rating, ratings: readonly Rating[]): Standing {
  const better = ratings.filter(({ low }) => low > own.high).length;
  return {
    rank: better + 1,
    ...record,
    rating: rounded(own.rating),
    ratingLow: rounded(own.low),
    ratingHigh: rounded(own.high),
  };
}

/** Rounds to a tenth of a point, below the precision of any number of votes. */
function rounded(points: number): number {
  return Math.round(points * 10) / 10;
}
