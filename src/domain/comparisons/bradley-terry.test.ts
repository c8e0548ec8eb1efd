import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { rateByVotes, type PairVotes } from './bradley-terry.ts';
import { cpuMsOf } from '../../../test/support/shared/cpu-time-for-testing.ts';

const votes = (
  left: number,
  right: number,
  leftWins: number,
  rightWins: number,
  ties = 0,
): PairVotes => ({ left, right, leftWins, rightWins, ties });

function ratingsOf(count: number, pairs: readonly PairVotes[]): number[] {
  return rateByVotes(count, pairs).map(({ rating }) => rating);
}

describe('ratings', () => {
  test('of two models follow from their score', () => {
    const [a, b] = ratingsOf(2, [votes(0, 1, 7500, 2500)]);
    expect(a! - b!).toBeCloseTo(400 * Math.log10(3), 0);
    expect(a! + b!).toBeCloseTo(2000, 6);
  });

  test('are the published ones of the example of Agresti, within the effect of the prior', () => {
    // Categorical Data Analysis, 2nd edition, section 10.6.1: wins of American League teams in
    // 1987, with estimates relative to Baltimore.
    const teams = [
      'Milwaukee',
      'Detroit',
      'Toronto',
      'New York',
      'Boston',
      'Cleveland',
      'Baltimore',
    ];
    const wins = [
      [0, 7, 9, 7, 7, 9, 11],
      [6, 0, 7, 5, 11, 9, 9],
      [4, 6, 0, 7, 7, 8, 12],
      [6, 8, 6, 0, 6, 7, 10],
      [6, 2, 6, 7, 0, 7, 12],
      [4, 4, 5, 6, 6, 0, 6],
      [2, 4, 1, 3, 1, 7, 0],
    ];
    const published = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0];
    const pairs = teams.flatMap((_, i) =>
      teams.slice(i + 1).map((_, k) => {
        const j = i + 1 + k;
        return votes(i, j, wins[i]![j]! * 1000, wins[j]![i]! * 1000);
      }),
    );
    const ratings = ratingsOf(teams.length, pairs);
    const units = ratings.map((rating) => ((rating - ratings[6]!) * Math.LN10) / 400);
    for (const [i, value] of units.entries()) expect(value).toBeCloseTo(published[i]!, 2);
  });

  test('of a model that has only won are finite, and rise with every win', () => {
    let last = 1000;
    for (const count of [1, 3, 10, 100, 10_000]) {
      const [winner, loser] = rateByVotes(2, [votes(0, 1, count, 0)]);
      expect(winner!.rating).toBeGreaterThan(last);
      expect(winner!.rating).toBeLessThan(3000);
      expect(loser!.rating).toBeCloseTo(2000 - winner!.rating, 6);
      last = winner!.rating;
    }
  });

  test('of groups that never met have a mean each, and finite intervals', () => {
    const rated = rateByVotes(5, [votes(0, 1, 30, 10), votes(2, 3, 5, 5), votes(3, 4, 8, 2)]);
    expect(rated[0]!.rating + rated[1]!.rating).toBeCloseTo(2000, 6);
    expect(rated[2]!.rating + rated[3]!.rating + rated[4]!.rating).toBeCloseTo(3000, 6);
    for (const { low, rating, high } of rated) {
      expect(low).toBeLessThan(rating);
      expect(high).toBeGreaterThan(rating);
      expect(high - low).toBeLessThan(2000);
    }
  });

  test('count a tie as half a win each', () => {
    const withTies = ratingsOf(3, [votes(0, 1, 4, 2, 6), votes(1, 2, 3, 3, 4)]);
    const withHalves = ratingsOf(3, [votes(0, 1, 7, 5), votes(1, 2, 5, 5)]);
    expect(withTies).toEqual(withHalves);
    expect(ratingsOf(2, [votes(0, 1, 0, 0, 50)])).toEqual([1000, 1000]);
  });

  test('do not depend on sides or on how votes are put together', () => {
    const whole = ratingsOf(3, [votes(0, 1, 9, 4, 1), votes(1, 2, 6, 3)]);
    const parts = [votes(1, 0, 1, 3), votes(0, 1, 6, 3, 1), votes(2, 1, 3, 6), votes(0, 2, 0, 0)];
    for (const [i, rating] of ratingsOf(3, parts).entries())
      expect(rating).toBeCloseTo(whole[i]!, 6);
  });

  test('of nothing are nothing', () => {
    expect(rateByVotes(0, [])).toEqual([]);
  });

  test('of 200 models and a million votes take less than two seconds', () => {
    const random = seededRandom(7);
    const pairs = Array.from({ length: 5000 }, () => {
      const left = random.below(200);
      const right = (left + 1 + random.below(199)) % 200;
      return votes(left, right, random.below(200), random.below(200));
    });
    const cpuMs = cpuMsOf(() => expect(rateByVotes(200, pairs)).toHaveLength(200));
    expect(cpuMs).toBeLessThan(2000);
  });
});

/** The expected votes if the models truly had these ratings. */
function simulate(
  truth: readonly number[],
  votesPerPair: number,
  random: SeededRandom,
): PairVotes[] {
  return truth.flatMap((left, i) =>
    truth.slice(i + 1).map((right, k) => {
      const won = 1 / (1 + 10 ** ((right - left) / 400));
      let leftWins = 0;
      for (let n = 0; n < votesPerPair; n++) if (random.chance(won)) leftWins++;
      return votes(i, i + 1 + k, leftWins, votesPerPair - leftWins);
    }),
  );
}

describe('from simulated votes', () => {
  const truth = [1180, 1090, 1030, 960, 900, 840]; // its mean is 1,000

  test('the true order is recovered', () => {
    const ratings = ratingsOf(truth.length, simulate(truth, 400, seededRandom(1)));
    expect(ratings).toEqual(ratings.toSorted((a, b) => b - a));
    for (const [i, rating] of ratings.entries())
      expect(Math.abs(rating - truth[i]!)).toBeLessThan(40);
  });

  test('the intervals hold the true ratings in about 95 of 100 cases', () => {
    const random = seededRandom(2);
    let held = 0;
    const rounds = 500;
    for (let round = 0; round < rounds; round++) {
      for (const [i, { low, high }] of rateByVotes(6, simulate(truth, 40, random)).entries())
        if (low <= truth[i]! && truth[i]! <= high) held++;
    }
    const share = held / (rounds * truth.length);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.975);
  });
});
