import type { ComparisonsApi } from '../../api/comparison.ts';
import { comparisons, votes } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import type { Reading } from '../base/core.ts';
import { createComparison } from './create-comparison.ts';
import { forgetVotesOf, readLeaderboard } from './leaderboard.ts';
import { maskBlindRuns } from './mask-blind-runs.ts';
import { preferredAnswers } from './preferred-answers.ts';
import { readComparisonEvents } from './read-comparison-events.ts';
import { getComparison, listComparisons } from './read-comparisons.ts';
import { listTurns } from './turns.ts';
import { voteOnComparison } from './vote.ts';
import { examineComparisons } from './examine-comparisons.ts';

/** Two answers to one prompt, and the votes on them. */
export const comparisonsNoun: Noun<{ comparisons: ComparisonsApi }> = {
  name: 'comparisons',
  tables: [comparisons, votes],
  examine: { thread: examineComparisons },
  api: (reading) => ({ comparisons: createComparisonsApi(reading) }),
  onPurge: forgetVotesOf,
  onContext: preferredAnswers,
  onShowRuns: maskBlindRuns,
};

/** The comparisons of a project, for one caller. */
function createComparisonsApi(reading: Reading): ComparisonsApi {
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
