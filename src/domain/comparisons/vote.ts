import { SkeinError } from '../../shared/error.ts';
import type { ThreadIdText } from '../../shared/ids.ts';
import { runs, votes, type ComparisonRow, type VoteRow } from '../../records/tables.ts';
import { authorize, mustTarget, mustUserId } from '../access/authorize.ts';
import type { Core, Drafting, Reading } from '../base/core.ts';
import type { WriteOptions } from '../../api/write-options.ts';
import { mustBeWriteOptions, requestIdOf } from '../requests/idempotency.ts';
import { mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { voteChoices, type Comparison, type Vote, type VoteChoice } from '../../api/comparison.ts';
import { statusOf } from './present-comparison.ts';
import { getComparison, mustKnownComparison } from './read-comparisons.ts';

/**
 * See `ComparisonsApi.vote`. Voting is a reaction: a caller who may react to the thread's items may
 * vote. It does not move the thread in its lists, and no other user is notified.
 */
export async function voteOnComparison(
  reading: Reading,
  { threadId, comparisonId }: { readonly threadId: ThreadIdText; readonly comparisonId: string },
  vote: Vote,
  options: WriteOptions = {},
): Promise<Comparison> {
  const { core, principal } = reading;
  mustBeWriteOptions(options);
  const thread = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  mustKnownKeys(vote, new Set<keyof Vote>(['choice']), '');
  const choice = mustOneOf(voteChoices, vote.choice, 'choice');
  const requestId = requestIdOf(options, core.clock());
  await core.writer.write(thread, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'react');
    const row = await mustKnownComparison(writing, draft.head, comparisonId);
    const known = await findVote({ core, draft }, row, userId);
    if (known) return mustBeSame(known, choice);
    await mustBeComplete(core, row);
    const { threadId: id, projectId, leftModel, rightModel } = row;
    const cast: VoteRow = {
      ...{ threadId: id, comparisonId: row.id, userId, projectId, choice, leftModel, rightModel },
      requestId,
      createdAt: draft.nowMs,
      version: 1,
    };
    draft.writeVersioned(votes, [id, row.id, userId], cast, undefined);
  });
  return getComparison(reading, threadId, comparisonId);
}

async function findVote(
  { core, draft }: Drafting,
  { threadId, id }: ComparisonRow,
  userId: string,
): Promise<VoteRow | undefined> {
  const key = [threadId, id, userId];
  const written = draft.findVersioned(votes, key);
  return written ? written.row : core.records.get(votes, key);
}

function mustBeSame(known: VoteRow, choice: VoteChoice): void {
  if (known.choice === choice) return;
  throw new SkeinError(
    'conflict',
    `You voted ${known.choice} here already; a vote stands for good.`,
  );
}

async function mustBeComplete(core: Core, row: ComparisonRow): Promise<void> {
  const keys = [row.leftRunId, row.rightRunId].map((runId) => [row.threadId, runId]);
  const status = statusOf(await core.records.getExisting(runs, keys));
  if (status === 'completed') return;
  throw new SkeinError(
    'conflict',
    status === 'running'
      ? 'The answers are not finished yet. Vote when both are.'
      : 'One of the answers failed or was stopped: there is nothing to vote on.',
  );
}
