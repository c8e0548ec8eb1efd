import type { Reading } from '../base/core.ts';
import type { ComparisonsApi } from '../../api/comparison.ts';
import { createComparison } from './create-comparison.ts';
import { readLeaderboard } from './leaderboard.ts';
import { readComparisonEvents } from './read-comparison-events.ts';
import { getComparison, listComparisons } from './read-comparisons.ts';
import { listTurns } from './turns.ts';
import { voteOnComparison } from './vote.ts';

/** The comparisons of a project, for one caller. */
export function createComparisonsApi(reading: Reading): ComparisonsApi {
  return {
    create: (threadId, comparison, options) =>
      createComparison(reading, threadId, comparison, options),
    get: (threadId, comparisonId) => getComparison(reading, threadId, comparisonId),
    list: (threadId, options) => listComparisons(reading, threadId, options),
    read: (threadId, comparisonId, options) =>
      readComparisonEvents(reading, threadId, comparisonId, options),
    vote: (threadId, comparisonId, vote, options) =>
      voteOnComparison(reading, { threadId, comparisonId }, vote, options),
    leaderboard: () => readLeaderboard(reading),
    turns: (threadId, options) => listTurns(reading, threadId, options),
  };
}
