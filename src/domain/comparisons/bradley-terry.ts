/**
 * Ratings from paired votes by the model of Bradley and Terry (Biometrika 39, 1952): A is preferred
 * to B with the probability `1 / (1 + 10^((rating B - rating A) / 400))`, the scale of Elo's chess
 * ratings.
 *
 * A tie counts as half a win for each side, as in chess. The strengths maximize the likelihood with
 * a weak prior: before any vote, a strength is normally distributed around the mean with a
 * deviation of 400 points. So the maximum is finite and unique even for a model that has only won,
 * and for groups of models that never met, each of which then has its own mean of 1,000. The
 * penalized likelihood is strictly concave, and Newton's method with halved steps finds its
 * maximum.
 *
 * The intervals are the usual 95 % intervals of the normal approximation at the maximum: 1.96
 * standard errors, from the inverse of the observed Fisher information (Cox and Hinkley,
 * Theoretical Statistics, 1974, chapter 9), for the distance to the group's mean, since the votes
 * say nothing about the mean itself.
 */
import { assert } from '../../shared/assert.ts';

/** Votes between two models; `left` and `right` are indexes of models. */
export interface PairVotes {
  readonly left: number;
  readonly right: number;
  readonly leftWins: number;
  readonly rightWins: number;
  /** Neither preferred: both good or both bad. */
  readonly ties: number;
}

export interface Rating {
  readonly rating: number;
  /** The ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const ratingMean = 1000;

/** The rating of each of `count` models. Time grows with the cube of `count`. */
export function rateByVotes(count: number, votes: readonly PairVotes[]): Rating[] {
  const pairs = votes.map((pair) => pairOf(count, pair)).filter(({ total }) => total > 0);
  const strengths = maximize(count, pairs);
  const factor = factorize(curvature(pairs, strengths));
  const groupSizes = groupSizesOf(count, pairs);
  return strengths.map((strength, i) => {
    // Only the prior fixes the position of a whole group.
    const variance = inverseDiagonal(factor, i) - 1 / (groupSizes[i]! * priorWeight);
    const margin = deviates95 * Math.sqrt(Math.max(variance, 0)) * pointsPerUnit;
    const rating = ratingMean + strength * pointsPerUnit;
    return { rating, low: rating - margin, high: rating + margin };
  });
}

const pointsPerUnit = 400 / Math.LN10;
const priorDeviation = 400 / pointsPerUnit;
const priorWeight = 1 / priorDeviation ** 2;
const deviates95 = 1.959964;

interface Pair {
  readonly left: number;
  readonly right: number;
  /** Wins of the left side; a tie counts as half. */
  readonly wins: number;
  readonly total: number;
}

function pairOf(count: number, { left, right, leftWins, rightWins, ties }: PairVotes): Pair {
  assert(left !== right && left < count && right < count, 'a pair must be two different models');
  return { left, right, wins: leftWins + ties / 2, total: leftWins + rightWins + ties };
}

function maximize(count: number, pairs: readonly Pair[]): number[] {
  let strengths: number[] = Array.from({ length: count }, () => 0);
  let value = likelihood(pairs, strengths);
  for (let step = 0; step < stepsMax; step++) {
    const direction = solve(factorize(curvature(pairs, strengths)), gradient(pairs, strengths));
    const moved = stepUp(pairs, strengths, direction, value);
    if (moved === undefined) break;
    const change = Math.max(0, ...direction.map(Math.abs));
    strengths = moved.strengths;
    value = moved.value;
    if (change < tolerance) break;
  }
  return strengths;
}

const stepsMax = 100;
const halvingsMax = 30;
const tolerance = 1e-10;

/** Moves along the direction as far as the likelihood rises; `undefined` at the maximum. */
function stepUp(
  pairs: readonly Pair[],
  strengths: readonly number[],
  direction: readonly number[],
  value: number,
): { strengths: number[]; value: number } | undefined {
  for (let halving = 0, length = 1; halving < halvingsMax; halving++, length /= 2) {
    const moved = strengths.map((strength, i) => strength + length * direction[i]!);
    const risen = likelihood(pairs, moved);
    if (risen > value) return { strengths: moved, value: risen };
  }
  return undefined;
}

function likelihood(pairs: readonly Pair[], strengths: readonly number[]): number {
  let sum = 0;
  for (const { left, right, wins, total } of pairs) {
    const lead = strengths[left]! - strengths[right]!;
    sum += wins * logChance(lead) + (total - wins) * logChance(-lead);
  }
  for (const strength of strengths) sum -= (priorWeight / 2) * strength ** 2;
  return sum;
}

function gradient(pairs: readonly Pair[], strengths: readonly number[]): number[] {
  const slopes = strengths.map((strength) => -priorWeight * strength);
  for (const { left, right, wins, total } of pairs) {
    const surplus = wins - total * chance(strengths[left]! - strengths[right]!);
    slopes[left]! += surplus;
    slopes[right]! -= surplus;
  }
  return slopes;
}

/** The negative second derivative: the observed information, positive definite by the prior. */
function curvature(pairs: readonly Pair[], strengths: readonly number[]): number[][] {
  const matrix = strengths.map((_, i) => strengths.map((_, j) => (i === j ? priorWeight : 0)));
  for (const { left, right, total } of pairs) {
    const won = chance(strengths[left]! - strengths[right]!);
    const information = total * won * (1 - won);
    matrix[left]![left]! += information;
    matrix[right]![right]! += information;
    matrix[left]![right]! -= information;
    matrix[right]![left]! -= information;
  }
  return matrix;
}

function chance(lead: number): number {
  return 1 / (1 + Math.exp(-lead));
}

function logChance(lead: number): number {
  return lead > 0 ? -Math.log1p(Math.exp(-lead)) : lead - Math.log1p(Math.exp(lead));
}

/** The lower triangle `L` of Cholesky's `L Lᵀ` of a positive definite matrix. */
function factorize(matrix: readonly (readonly number[])[]): number[][] {
  const lower: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const own: number[] = [];
    lower.push(own);
    for (let j = 0; j <= i; j++) {
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= own[k]! * lower[j]![k]!;
      own.push(i === j ? Math.sqrt(sum) : sum / lower[j]![j]!);
    }
  }
  return lower;
}

function solve(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const solution = forward(lower, right);
  for (let i = lower.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < lower.length; k++) solution[i]! -= lower[k]![i]! * solution[k]!;
    solution[i]! /= lower[i]![i]!;
  }
  return solution;
}

function forward(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const solution = [...right];
  for (const [i, row] of lower.entries()) {
    for (let k = 0; k < i; k++) solution[i]! -= row[k]! * solution[k]!;
    solution[i]! /= row[i]!;
  }
  return solution;
}

/** A diagonal entry of the inverse: with `L Lᵀ = M`, the square of `L⁻¹ e`. */
function inverseDiagonal(lower: readonly (readonly number[])[], index: number): number {
  const unit = lower.map((_, i) => (i === index ? 1 : 0));
  return forward(lower, unit).reduce((sum, entry) => sum + entry ** 2, 0);
}

/**
 * The size of each model's group: the models that votes link with it, directly or through others.
 */
function groupSizesOf(count: number, pairs: readonly Pair[]): number[] {
  const parents = Array.from({ length: count }, (_, i) => i);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root]!;
    parents[index] = root;
    return root;
  };
  for (const { left, right } of pairs) parents[rootOf(left)] = rootOf(right);
  const sizes = new Map<number, number>();
  for (let i = 0; i < count; i++) sizes.set(rootOf(i), (sizes.get(rootOf(i)) ?? 0) + 1);
  return parents.map((_, i) => sizes.get(rootOf(i))!);
}
