import type { ComparisonsApi } from '../../api/comparison.ts';
import { comparisons, votes } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { createComparisonsApi } from './comparisons-api.ts';
import { forgetVotesOf } from './leaderboard.ts';
import { maskBlindRuns } from './mask-blind-runs.ts';
import { preferredAnswers } from './preferred-answers.ts';
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
