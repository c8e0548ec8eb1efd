import { supervisorOf } from '../runs/run-supervisor.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { newUuidV7, type ThreadId } from '../../shared/ids.ts';
import { toJsonObject } from '../../shared/json.ts';
import { put } from '../../records/records.ts';
import {
  comparisons,
  items,
  runs as runsTable,
  type ComparisonRow,
  type ItemRow,
  type RunRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mustHead, mustThreadId, mustUserId } from '../access/authorize.ts';
import type { Drafting, Reading } from '../base/core.ts';
import type { NewItem } from '../../api/item.ts';
import { presentItem } from '../items/present-item.ts';
import type { WriteOptions } from '../../api/write-options.ts';
import {
  findRequest,
  recallRequest,
  rememberRequest,
  requestIdOf,
  requestKey,
  type RequestKey,
} from '../requests/idempotency.ts';
import { runPolicies } from '../../api/run.ts';
import type { StartRuns } from '../runs/run-request.ts';
import { startRuns, type StartedRuns } from '../runs/start-run.ts';
import { mustBoolean, mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { blindChunk, sideOf } from './blind-answer.ts';
import { chooseModels } from './choose-models.ts';
import type { Comparison, NewComparison, StartedComparison } from '../../api/comparison.ts';
import { getComparison, mustComparison } from './read-comparisons.ts';

/** See `ComparisonsApi.create`. */
export async function createComparison(
  reading: Reading,
  threadId: string,
  input: NewComparison,
  options: WriteOptions = {},
): Promise<StartedComparison> {
  const { core, principal } = reading;
  mustKnownKeys(input, knownKeys, '');
  mustUserId(principal);
  const id = mustThreadId(threadId);
  const plan = planOf(reading, input, requestIdOf(options, core.clock()));
  const { idempotencyKey } = options;
  // The names that chance has chosen are no part of what was asked.
  const content = toJsonObject({ comparison: { ...input } }, '');
  const request =
    idempotencyKey === undefined
      ? undefined
      : await requestKey(id, principal, idempotencyKey, content);
  const recalled = request && (await recall(reading, id, request));
  if (recalled) return recalled;
  try {
    return await begin(reading, id, plan, request);
  } catch (error) {
    // Another try of the same call may have been first, and its runs are what stands in the way.
    const winner = request && (await recall(reading, id, request));
    if (winner) return winner;
    throw error;
  }
}

const knownKeys: ReadonlySet<string> = new Set<keyof NewComparison>([
  'prompt',
  'models',
  'blind',
  'policy',
]);

interface Plan {
  readonly row: Omit<ComparisonRow, 'threadId' | 'inputItemId' | 'leftRunId' | 'rightRunId'>;
  readonly start: Omit<StartRuns, 'alsoPut'>;
}

function planOf({ core, principal }: Reading, input: NewComparison, requestId: string): Plan {
  const { policy } = input;
  const blind = mustBoolean(input.blind ?? false, 'blind');
  const prompt = promptOf(input.prompt);
  const sides = chooseModels(core, input.models);
  const nowMs = core.clock();
  const { projectId, userId } = principal;
  const id = newUuidV7(nowMs);
  const [leftModel, rightModel] = [sides[0].name, sides[1].name];
  return {
    row: { id, projectId, userId, blind, leftModel, rightModel, requestId, createdAt: nowMs },
    start: {
      items: [prompt],
      answers: sides.map((responder) => ({
        responder: sideOf(responder, blind ? [leftModel, rightModel] : undefined),
        comparisonId: id,
        ...(blind && { filter: blindChunk }),
      })),
      ...(policy !== undefined && { policy: mustOneOf(runPolicies, policy, 'policy') }),
    },
  };
}

function promptOf(prompt: unknown): NewItem {
  if (typeof prompt === 'string') {
    if (prompt.trim() === '') throw invalid('prompt', 'must not be empty');
    return { role: 'user', text: prompt };
  }
  if (prompt === null || typeof prompt !== 'object' || Array.isArray(prompt)) {
    throw invalid('prompt', 'must be a text or an item');
  }
  const item = prompt as NewItem; // the rest of it is checked where items are prepared
  if (item.role !== 'user') throw invalid('prompt.role', 'must be user');
  if (item.replacesId !== undefined) throw invalid('prompt.replacesId', 'cannot be given here');
  return item;
}

async function begin(
  reading: Reading,
  threadId: ThreadId,
  { row, start }: Plan,
  request: RequestKey | undefined,
): Promise<StartedComparison> {
  const { core } = reading;
  const alsoPut = async (
    draft: ThreadDraft,
    input: ItemRow,
    sides: readonly RunRow[],
  ): Promise<void> => {
    if (request) await mustBeFirst({ core, draft }, request);
    const [left, right] = [sides[0]!, sides[1]!]; // one for each answer that was asked for
    const created = {
      ...row,
      threadId,
      inputItemId: input.id,
      leftRunId: left.id,
      rightRunId: right.id,
    };
    draft.put(put(comparisons, created, null));
    if (request) rememberRequest({ core, draft }, request, [row.id]);
  };
  const options = { requestId: row.requestId };
  const started = await startRuns(reading, threadId, { ...start, alsoPut }, options);
  const comparisonId = started.replayed ? earlierOf(started) : row.id;
  const comparison = await getComparison(reading, threadId, comparisonId);
  const done = started.replayed
    ? whenDone(reading, comparison)
    : whenBothEnd(reading, comparison, started);
  done.catch(ignore);
  return { comparison, items: started.items, replayed: started.replayed, done };
}

/** The commit of an earlier try of this call may have come in between. What it throws is answered by `recall`. */
async function mustBeFirst(drafting: Drafting, request: RequestKey): Promise<void> {
  if (await recallRequest(drafting, request)) {
    throw new SkeinError('conflict', 'The same call was made at the same time.');
  }
}

/** The prompt was there already, under its key: whatever answered it then is what this call asked for. */
function earlierOf({ runs }: StartedRuns): string {
  const comparisonId = runs[0]?.run.comparisonId;
  if (comparisonId !== undefined) return comparisonId;
  throw new SkeinError('conflict', 'The prompt with this key was answered by a single run.');
}

async function recall(
  reading: Reading,
  threadId: ThreadId,
  request: RequestKey,
): Promise<StartedComparison | undefined> {
  const { core } = reading;
  const result = await findRequest(core, request, core.clock());
  if (result === undefined) return undefined;
  await authorize(reading, 'append', await mustHead(reading, 'read', threadId));
  const row = await mustComparison(core, threadId, result[0]);
  const comparison = await getComparison(reading, threadId, row.id);
  const input = await core.records.get(items, [threadId, row.inputItemId]);
  const done = whenDone(reading, comparison);
  done.catch(ignore);
  return {
    comparison,
    items: input ? [presentItem(input, threadId)] : [],
    replayed: true,
    done,
  };
}

async function whenBothEnd(
  reading: Reading,
  { threadId, id }: Comparison,
  { runs }: StartedRuns,
): Promise<Comparison> {
  await Promise.all(runs.map(({ done }) => done));
  return getComparison(reading, threadId, id);
}

/** Of a comparison whose runs another call, perhaps in another process, has begun. */
async function whenDone(reading: Reading, comparison: Comparison): Promise<Comparison> {
  const { core } = reading;
  const { threadId, id } = comparison;
  if (comparison.status !== 'running') return comparison;
  const row = await mustComparison(core, threadId, id);
  const keys = [row.leftRunId, row.rightRunId].map((runId) => [threadId, runId]);
  const sides = await core.records.getExisting(runsTable, keys);
  await Promise.all(sides.map((run) => supervisorOf(core).whenEnded(run)));
  return getComparison(reading, threadId, id);
}

function ignore(): void {
  // Whoever awaits `done` hears of it; where nobody does, the thread itself tells how it ended.
}
