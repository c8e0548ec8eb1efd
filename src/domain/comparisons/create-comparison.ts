import { invalid, SkeinError } from '../../shared/error.ts';
import { newUuidV7, type ThreadIdText } from '../../shared/ids.ts';
import { toJsonObject } from '../../shared/json.ts';
import { put } from '../../records/records.ts';
import { comparisons, type ComparisonRow } from '../../records/tables.ts';
import { mustTarget } from '../access/authorize.ts';
import type { Core, Drafting, Reading } from '../base/core.ts';
import type { NewItem } from '../../api/item.ts';
import { findInDraft } from '../log/draft-items.ts';
import type { ThreadWriteOptions } from '../../api/write-options.ts';
import { requestIdOf } from '../requests/idempotency.ts';
import type { Responder } from '../../api/responder.ts';
import { chooseResponder } from '../responders/choose-responder.ts';
import { runPolicies } from '../../api/run.ts';
import type { Begun, StartRuns } from '../runs/run-request.ts';
import { findRun } from '../runs/run-rows.ts';
import { startRuns, type StartedRuns } from '../runs/start-run.ts';
import { mustBoolean, mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { blindChunk, sideOf } from './blind-answer.ts';
import type { Comparison, NewComparison, StartedComparison } from '../../api/comparison.ts';
import { getComparison, mustComparison } from './read-comparisons.ts';

/** See `ComparisonsApi.create`. */
export async function createComparison(
  reading: Reading,
  threadId: ThreadIdText,
  input: NewComparison,
  options: ThreadWriteOptions = {},
): Promise<StartedComparison> {
  const { core } = reading;
  mustKnownKeys(input, knownKeys, '');
  mustTarget(reading, threadId);
  const requestId = requestIdOf(options, core.clock());
  const { row, start } = planOf(reading, input, requestId);
  // Models picked at random are not part of the request.
  const asked = toJsonObject({ comparison: { ...input } }, '');
  const request: StartRuns = {
    ...start,
    alsoPut: (draft, { id: inputItemId }, [left, right]) => {
      const runIds = { leftRunId: left!.id, rightRunId: right!.id }; // one run for each answer
      const { id: threadId } = draft.head;
      draft.put(put(comparisons, { ...row, threadId, inputItemId, ...runIds }, null));
    },
    repeat: { asked: () => asked, idsOf: () => [row.id], recall: recallComparison },
  };
  const started = await startRuns(reading, threadId, request, { ...options, requestId });
  const comparisonId = started.replayed ? earlierOf(started) : row.id;
  const comparison = await getComparison(reading, threadId, comparisonId);
  const done = whenBothEnd(reading, comparison, started);
  // Avoid an unhandled rejection when the caller ignores `done`: the thread tells how it ended.
  done.catch(() => undefined);
  return { comparison, items: started.items, replayed: started.replayed, done };
}

const knownKeys: ReadonlySet<string> = new Set<keyof NewComparison>([
  'prompt',
  'models',
  'blind',
  'policy',
]);

interface Plan {
  readonly row: Omit<ComparisonRow, 'threadId' | 'inputItemId' | 'leftRunId' | 'rightRunId'>;
  readonly start: StartRuns;
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

/** The prompt was stored before under its key: its earlier answers are what this call asked for. */
function earlierOf({ runs }: StartedRuns): string {
  const comparisonId = runs[0]?.run.comparisonId;
  if (comparisonId !== undefined) return comparisonId;
  throw new SkeinError(
    'conflict',
    'The prompt with this key was answered by a single run: use a new key.',
  );
}

/** What an earlier attempt of the same call has begun, perhaps in another process. */
async function recallComparison(
  drafting: Drafting,
  [comparisonId]: readonly string[],
): Promise<Begun> {
  const { core, draft } = drafting;
  const threadId = draft.head.id;
  const row =
    draft.findPut(comparisons, [threadId, comparisonId!]) ?? // it was remembered below its id
    (await mustComparison(core, threadId, comparisonId));
  const input = await findInDraft(drafting, row.inputItemId);
  const runIds = [row.leftRunId, row.rightRunId];
  const rows = await Promise.all(runIds.map((runId) => findRun(drafting, runId)));
  return {
    items: input ? [input] : [],
    rows: rows.filter((run) => run !== undefined),
    answers: [],
    replayed: true,
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

/**
 * The left and right model of a comparison. Throws `invalid_request` unless they are two configured
 * models.
 */
function chooseModels(core: Core, models: unknown): readonly [Responder, Responder] {
  if (models === 'random') return chooseByChance(core);
  if (!Array.isArray(models) || models.length !== 2) {
    throw invalid('models', 'must be "random" or an array of two models');
  }
  const [left, right] = models.map((name: unknown, i) => mustName(name, `models.${i}`));
  if (left === right) throw invalid('models', 'must be two different models');
  return [chooseResponder(core, { model: left! }), chooseResponder(core, { model: right! })];
}

function mustName(name: unknown, path: string): string {
  if (typeof name !== 'string') throw invalid(path, 'must be the name of a model');
  return name;
}

/** Demos compete only if there are too few real models. */
function chooseByChance(core: Core): readonly [Responder, Responder] {
  const models = (core.responders?.list() ?? []).filter(({ kind }) => kind === 'model');
  const real = models.filter(({ isDemo }) => !isDemo);
  const candidates = real.length >= 2 ? real : models;
  if (candidates.length < 2)
    throw invalid('models', 'cannot be random: fewer than two are configured');
  const left = below(candidates.length);
  const right = (left + 1 + below(candidates.length - 1)) % candidates.length;
  return [candidates[left]!, candidates[right]!]; // both are in range, and differ
}

/**
 * 0 to `count` - 1. Sides of a blind comparison must be unpredictable, which rules out
 * `Math.random`.
 */
function below(count: number): number {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return Math.floor((random! / 2 ** 32) * count); // one was asked for
}
