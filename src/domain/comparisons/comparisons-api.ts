import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import type { ComparisonsApi } from '../../api/comparison.ts';
import { createComparison } from './create-comparison.ts';
import { readLeaderboard } from './leaderboard.ts';
import { readComparisonEvents } from './read-comparison-events.ts';
import { getComparison, listComparisons } from './read-comparisons.ts';
import { listTurns } from './turns.ts';
import { voteOnComparison } from './vote.ts';

/** The comparisons of a project, for one caller. */
export function createComparisonsApi(core: Core, principal: Principal): ComparisonsApi {
  return {
    create: (threadId, comparison, options) =>
      createComparison(core, principal, threadId, comparison, options),
    get: (threadId, comparisonId) => getComparison(core, principal, threadId, comparisonId),
    list: (threadId, options) => listComparisons(core, principal, threadId, options),
    read: (threadId, comparisonId, options) =>
      readComparisonEvents(core, principal, threadId, comparisonId, options),
    vote: (threadId, comparisonId, vote, options) =>
      voteOnComparison(core, principal, threadId, comparisonId, vote, options),
    leaderboard: () => readLeaderboard(core, principal),
    turns: (threadId, options) => listTurns(core, principal, threadId, options),
  };
}
