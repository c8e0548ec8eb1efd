import { invalid, SkeinError } from '../../shared/error.ts';
import { newUuidV7, parseItemId, type ItemId, type ThreadId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { runs, type ItemRow, type RunRow, type StreamRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mustThreadId, mustUserId } from '../access/authorize.ts';
import type { Principal } from '../access/principal.ts';
import type { Core } from '../core.ts';
import { appendPrepared, mustSpeakForSelf } from '../items/append-items.ts';
import { findInDraft } from '../items/draft-items.ts';
import type { Item, NewItem } from '../items/item.ts';
import { prepareItems, type PreparedItem } from '../items/prepare-item.ts';
import { presentItem } from '../items/present-item.ts';
import type { WriteOptions } from '../project-api.ts';
import {
  recallRequest,
  rememberRequest,
  requestIdOf,
  requestKey,
  type RequestKey,
} from '../requests/idempotency.ts';
import { mustMetadata, mustOneOf, mustShortText } from '../validate.ts';
import { archiveAfter } from './archive-after.ts';
import { finishInDraft } from './finish-run.ts';
import { maskRuns } from './mask-runs.ts';
import type { Chunk, Responder } from './responder.ts';
import { runPolicies, type NewRun, type Run, type RunPolicy, type StartedRun } from './run.ts';
import { activeRunsMax, findRun, findRunsBy, writeRun, writeStream } from './run-rows.ts';

/** Who answers, and what of the answer is kept. */
export interface NewAnswer {
  readonly responder: Responder;
  readonly comparisonId?: string;
  /** What is kept and sent of each chunk; `undefined` leaves it out. */
  readonly filter?: (chunk: Chunk) => Chunk | undefined;
}

/** One input and the runs that answer it, which begin together. */
export interface StartRuns {
  readonly items: readonly NewItem[];
  readonly answers: readonly NewAnswer[];
  readonly policy?: RunPolicy;
  readonly inputItemId?: string;
  readonly replacesId?: string;
  readonly archiveAfter?: string;
  readonly messageId?: string;
  readonly metadata?: JsonObject;
  /** Puts more into the same commit. It may run again, like every operation of the writer. */
  readonly alsoPut?: (
    draft: ThreadDraft,
    input: ItemRow,
    rows: readonly RunRow[],
  ) => void | Promise<void>;
}

export interface StartedRuns {
  readonly items: readonly Item[];
  readonly runs: readonly { readonly run: Run; readonly done: Promise<Run> }[];
  readonly replayed: boolean;
}

/** See `RunsApi.start`. */
export async function startRun(
  core: Core,
  principal: Principal,
  threadId: string,
  input: NewRun,
  options: WriteOptions = {},
): Promise<StartedRun> {
  const request: StartRuns = {
    items: itemsOf(input),
    answers: [{ responder: chooseResponder(core, input) }],
    ...(input.policy && { policy: mustOneOf(runPolicies, input.policy, 'policy') }),
    ...(input.inputItemId !== undefined && { inputItemId: input.inputItemId }),
    ...(input.replacesId !== undefined && { replacesId: input.replacesId }),
    ...(input.archiveAfter !== undefined && { archiveAfter: input.archiveAfter }),
    ...(input.messageId !== undefined && { messageId: input.messageId }),
    ...(input.metadata && { metadata: input.metadata }),
  };
  const started = await startRuns(core, principal, threadId, request, options);
  const { run, done } = started.runs[0]!; // one answer, one run
  return { run, done, items: started.items, replayed: started.replayed };
}

function itemsOf({ input }: NewRun): readonly NewItem[] {
  if (input === undefined) return [];
  if (typeof input === 'string') return [{ role: 'user', text: input }];
  if (!Array.isArray(input)) throw invalid('input', 'must be a text or an array of items');
  return input;
}

/** Throws `invalid_request` for a name that is not configured. */
export function chooseResponder(core: Core, input: NewRun): Responder {
  const { model, agent, responder } = input;
  if ([model, agent, responder].filter((choice) => choice !== undefined).length > 1) {
    throw invalid('model', 'cannot be combined with agent: name one of them');
  }
  if (responder) return responder;
  const kind = agent === undefined ? 'model' : 'agent';
  const name = agent ?? model;
  const known = core.responders?.list() ?? [];
  const found =
    name === undefined
      ? known.find((candidate) => candidate.kind === 'model')
      : core.responders?.find(kind, mustShortText(name, kind));
  if (found) return found;
  const names = known.filter((other) => other.kind === kind).map((other) => other.name);
  const hint = names.length === 0 ? `no ${kind} is configured` : `known are ${names.join(', ')}`;
  throw invalid(kind, name === undefined ? `is missing: ${hint}` : `is not known: ${hint}`);
}

interface Begun {
  readonly items: readonly ItemRow[];
  readonly rows: readonly RunRow[];
  readonly replayed: boolean;
}

/**
 * Stores the input and the runs that answer it in one commit, and begins to work on them. When the same
 * was asked before, with the same keys, it answers with the runs of then.
 */
export async function startRuns(
  core: Core,
  principal: Principal,
  threadId: string,
  request: StartRuns,
  options: WriteOptions = {},
): Promise<StartedRuns> {
  const id = mustThreadId(threadId);
  mustUserId(principal);
  const nowMs = core.clock();
  const requestId = requestIdOf(options, nowMs);
  const start: Start = {
    ...request,
    core,
    principal,
    requestId,
    prepared: prepareItems(core.limits, principal, request.items, requestId, nowMs),
    key: await keyOf(id, principal, request, options),
    isChecked: checkRequest(core, request),
  };
  const begun = await core.writer.write(id, (draft) => begin(start, draft));
  const ends = begun.rows.map((row, i) => {
    if (begun.replayed) return core.runSupervisor.whenEnded(row);
    return core.runSupervisor.work(row, principal, request.answers[i]!); // a run for each
  });
  const dones = ends.map((ended) => maskEnded(core, principal, ended));
  const presented = await maskRuns(core, principal, begun.rows);
  const runsBegun = presented.map((run, i) => ({ run, done: dones[i]! }));
  const items = begun.items.map((row) => presentItem(row, id));
  return { items, runs: runsBegun, replayed: begun.replayed };
}

function maskEnded(core: Core, principal: Principal, ended: Promise<RunRow>): Promise<Run> {
  const masked = ended.then(async (row) => (await maskRuns(core, principal, [row]))[0]!); // one in, one out
  // Whoever does not wait for the end is not to be troubled when the store closes before it.
  masked.catch(() => undefined);
  return masked;
}

interface Start extends StartRuns {
  readonly core: Core;
  readonly principal: Principal;
  readonly requestId: string;
  readonly prepared: readonly PreparedItem[];
  readonly key: RequestKey | undefined;
  readonly isChecked: true;
  /** The input was there already, and what answered it failed or was stopped. */
  readonly isRetry?: boolean;
}

function checkRequest(core: Core, request: StartRuns): true {
  mustMetadata(request.metadata, 'metadata', core.limits.metadataBytesMax);
  if (request.messageId !== undefined) mustShortText(request.messageId, 'messageId');
  if (request.inputItemId !== undefined && request.items.length > 0) {
    throw invalid('inputItemId', 'cannot be combined with input');
  }
  return true;
}

function keyOf(
  threadId: ThreadId,
  principal: Principal,
  request: StartRuns,
  { idempotencyKey }: WriteOptions,
): Promise<RequestKey> | undefined {
  if (idempotencyKey === undefined) return undefined;
  const { items, answers, inputItemId = null, replacesId = null, archiveAfter = null } = request;
  const models = answers.map(({ responder }) => responder.name);
  const content = { start: items, models, inputItemId, replacesId, archiveAfter };
  return requestKey(threadId, principal, idempotencyKey, content);
}

async function begin(start: Start, draft: ThreadDraft): Promise<Begun> {
  const { core, principal, prepared, key } = start;
  await authorize(core, principal, 'append', draft.head);
  mustSpeakForSelf(principal, draft, prepared);
  const recalled = key && (await recallRequest(core, draft, key));
  if (recalled) return recall(core, draft, recalled);
  const earlier = await recallByKeys(start, draft);
  if (earlier) return earlier;
  const continuedId = continuedItemId(prepared);
  const room = continuedId === undefined ? start : { ...start, replacesId: continuedId };
  const isQueued = await makeRoom(room, draft); // before the append: the partial answer comes before the new question
  await mustStillWait(room, draft);
  if (start.archiveAfter !== undefined) {
    const item = await mustItem(core, draft, start.archiveAfter, 'archiveAfter');
    await archiveAfter(core, principal, draft, item);
  }
  const appended = await appendPrepared(core, principal, draft, prepared);
  const last = appended.rows.at(-1);
  const isContinued = continuedId !== undefined && last !== undefined;
  const isRetry = appended.replayed && last !== undefined;
  const replacesId = isContinued
    ? last.id
    : isRetry
      ? await failedAnswer(start, draft, last)
      : undefined;
  const asked = { ...start, isRetry, ...(replacesId && { replacesId }) };
  const input = await findInput(asked, draft, isContinued ? undefined : last);
  const rows = await createRuns(asked, draft, input, isQueued);
  await start.alsoPut?.(draft, input, rows);
  draft.updateHead({}); // so that of two starts at once only one finds no run active
  if (key) rememberRequest(core, draft, key, [...ids(appended.rows), '/', ...ids(rows)]);
  return { items: appended.rows, rows, replayed: false };
}

function ids(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}

/** What an earlier request under the same idempotency key began: the ids of items and, after a slash, of runs. */
async function recall(core: Core, draft: ThreadDraft, result: readonly string[]): Promise<Begun> {
  const slash = result.indexOf('/');
  const items = await Promise.all(
    // As `begin` remembered them.
    result.slice(0, slash).map((id) => findInDraft(core, draft, id as ItemId)),
  );
  const rows = await Promise.all(result.slice(slash + 1).map((id) => findRun(core, draft, id)));
  return {
    items: items.filter((row) => row !== undefined),
    rows: rows.filter((row) => row !== undefined),
    replayed: true,
  };
}

/** People have added to an answer what it waited for, such as an approval: the answer goes on. */
function continuedItemId(prepared: readonly PreparedItem[]): ItemId | undefined {
  const content = prepared.at(-1)?.content;
  return content?.role === 'assistant' ? content.replacesId : undefined;
}

/** The run that answers the input already, where all of its items were stored before under their keys. */
async function recallByKeys(start: Start, draft: ThreadDraft): Promise<Begun | undefined> {
  const { core, principal, prepared } = start;
  if (prepared.length === 0 || prepared.some(({ content }) => content.key === undefined)) {
    return undefined;
  }
  const savepoint = draft.savepoint();
  const appended = await appendPrepared(core, principal, draft, prepared);
  const earlier = appended.replayed && (await findEarlier(core, draft, appended.rows));
  draft.rollback(savepoint);
  return earlier ? { items: appended.rows, rows: [earlier], replayed: true } : undefined;
}

/** Of items that were all there already: the run that answers them, unless it failed or was stopped. */
async function findEarlier(
  core: Core,
  draft: ThreadDraft,
  items: readonly ItemRow[],
): Promise<RunRow | undefined> {
  const newest = await findNewestAttempt(core, draft, items.at(-1)!.id);
  return newest && newest.status !== 'failed' && newest.status !== 'cancelled' ? newest : undefined;
}

/** The answer of the attempt before, in whose place that of a retry under the same keys stands. */
async function failedAnswer(
  start: Start,
  draft: ThreadDraft,
  input: ItemRow,
): Promise<ItemId | undefined> {
  const { core, replacesId, answers } = start;
  if (replacesId !== undefined || answers.length > 1) return undefined;
  const before = await findNewestAttempt(core, draft, input.id);
  const answer = before?.outputItemId && (await findInDraft(core, draft, before.outputItemId));
  return answer && answer.redactedAt === undefined ? answer.id : undefined;
}

/** An answer goes on once: what is added to it after that would overwrite what it became. */
async function mustStillWait(start: Start, draft: ThreadDraft): Promise<void> {
  const content = start.prepared.at(-1)?.content;
  const isContinuation = content?.role === 'assistant' && content.replacesId !== undefined;
  if (!isContinuation || content.runId === undefined) return;
  if (await continuedRun(start, draft)) return;
  throw new SkeinError('conflict', 'The answer does not wait for anything any more.');
}

async function findNewestAttempt(
  core: Core,
  draft: ThreadDraft,
  inputItemId: ItemId,
): Promise<RunRow | undefined> {
  const prefix = [draft.head.id, inputItemId];
  const [row] = await core.records.scan(runs, {
    index: 'byInput',
    prefix,
    reverse: true,
    limit: 1,
  });
  return row && findRun(core, draft, row.id);
}

/** The item that is answered: the last of the input, the one that is named, or the newest of a user. */
async function findInput(
  start: Start,
  draft: ThreadDraft,
  last: ItemRow | undefined,
): Promise<ItemRow> {
  const { core, inputItemId, replacesId } = start;
  if (last) return last;
  if (inputItemId !== undefined) return mustItem(core, draft, inputItemId, 'inputItemId');
  const replaced =
    replacesId === undefined ? undefined : await mustItem(core, draft, replacesId, 'replacesId');
  if (replaced?.parentId !== undefined) {
    return mustItem(core, draft, replaced.parentId, 'replacesId');
  }
  const newest = draft.head.lastItemId;
  if (newest === undefined) throw invalid('input', 'is missing: the thread has no item to answer');
  return mustItem(core, draft, newest, 'input');
}

async function mustItem(
  core: Core,
  draft: ThreadDraft,
  text: string,
  path: string,
): Promise<ItemRow> {
  const id = parseItemId(text);
  const row = id && (await findInDraft(core, draft, id));
  if (!row || row.redactedAt !== undefined) throw invalid(path, 'is not an item of this thread');
  return row;
}

/** Applies the policy to the runs that are active. Returns whether the new ones have to wait. */
async function makeRoom(start: Start, draft: ThreadDraft): Promise<boolean> {
  const { core } = start;
  const continued = await continuedRun(start, draft);
  // Whoever was asked something and goes on without answering has answered.
  for (const run of await findRunsBy(core, draft, ['interrupted'])) {
    if (run.id !== continued?.id) await finishInDraft(core, draft, run, { status: 'cancelled' });
  }
  const active = await findRunsBy(core, draft, ['queued', 'running']);
  const alive = [];
  for (const run of active) {
    if ((run.leaseExpiresAt ?? 0) > draft.nowMs) alive.push(run);
    else await finishInDraft(core, draft, run, lapsed);
  }
  if (alive.length === 0) return false;
  if (alive.length >= activeRunsMax)
    throw new SkeinError('rate_limited', 'Too many runs wait in this thread; try again later.');
  return applyPolicy(start, draft, alive);
}

/** How a run ends whose process gave no sign of life in time. */
export const lapsed = {
  status: 'failed',
  error: {
    code: 'lease_expired',
    message: 'The server that worked on this answer has gone away. What it had written is kept.',
    retryable: true,
  },
} as const;

async function applyPolicy(
  start: Start,
  draft: ThreadDraft,
  alive: readonly RunRow[],
): Promise<boolean> {
  switch (start.policy ?? policyOf(draft)) {
    case 'enqueue':
      return true;
    case 'interrupt':
      for (const run of alive) {
        await finishInDraft(start.core, draft, run, { status: 'cancelled' });
      }
      return false;
    case 'reject':
      throw new SkeinError(
        'conflict',
        `A run is active in this thread (${alive[0]!.id}): wait for it, stop it, or start with the policy enqueue or interrupt.`,
      );
  }
}

function policyOf(draft: ThreadDraft): RunPolicy {
  const { runPolicy } = draft.head.metadata;
  return runPolicies.find((policy) => policy === runPolicy) ?? 'reject';
}

/** The run that waits for people and whose answer the new one continues, if so. */
async function continuedRun(start: Start, draft: ThreadDraft): Promise<RunRow | undefined> {
  const { core, replacesId } = start;
  const replaced =
    replacesId === undefined ? undefined : await mustItem(core, draft, replacesId, 'replacesId');
  const run =
    replaced?.runId === undefined ? undefined : await findRun(core, draft, replaced.runId);
  return run?.status === 'interrupted' ? run : undefined;
}

async function createRuns(
  start: Start,
  draft: ThreadDraft,
  input: ItemRow,
  isQueued: boolean,
): Promise<RunRow[]> {
  const { core, answers, replacesId, prepared, isRetry = false } = start;
  const continued = await continuedRun(start, draft);
  if (continued) return [await continueRun(start, draft, continued, isQueued)];
  const isFresh = prepared.length > 0 && !isRetry;
  const before = isFresh ? undefined : await findNewestAttempt(core, draft, input.id);
  const rows: RunRow[] = [];
  for (const [i, answer] of answers.entries()) {
    const row = newRun(start, draft, {
      input,
      answer,
      isQueued,
      attempt: (before?.attempt ?? 0) + 1,
    });
    const named = i === 0 && start.messageId !== undefined ? { messageId: start.messageId } : {};
    const replaces =
      replacesId === undefined
        ? {}
        : { replacesId: (await mustItem(core, draft, replacesId, 'replacesId')).id };
    const run = { ...row, ...named, ...replaces };
    rows.push(writeRun(draft, run, undefined));
    writeStream(draft, newStream(run, draft.nowMs), undefined);
  }
  return rows;
}

interface RunPlan {
  readonly input: ItemRow;
  readonly answer: NewAnswer;
  readonly isQueued: boolean;
  readonly attempt: number;
}

function newRun(
  { core, principal, metadata = {}, requestId }: Start,
  draft: ThreadDraft,
  { input, answer, isQueued, attempt }: RunPlan,
): RunRow {
  const { nowMs, head } = draft;
  const { name, kind } = answer.responder;
  return {
    threadId: head.id,
    id: newUuidV7(nowMs),
    projectId: head.projectId,
    userId: principal.userId,
    status: isQueued ? 'queued' : 'running',
    ...(kind === 'model' ? { model: name } : { agent: name }),
    inputItemId: input.id,
    messageId: newUuidV7(nowMs),
    streamId: newUuidV7(nowMs),
    ...(answer.comparisonId !== undefined && { comparisonId: answer.comparisonId }),
    attempt,
    metadata,
    requestId,
    leaseToken: 1,
    leaseExpiresAt: nowMs + core.runOptions.leaseMs,
    createdAt: nowMs,
    ...(!isQueued && { startedAt: nowMs }),
    updatedAt: nowMs,
    version: 1,
  };
}

function newStream(run: RunRow, nowMs: number, snapshot?: StreamRow['snapshot']): StreamRow {
  return {
    threadId: run.threadId,
    id: run.streamId,
    runId: run.id,
    status: 'active',
    resumeToken: crypto.randomUUID(),
    snapshot,
    createdAt: nowMs,
    updatedAt: nowMs,
    version: 1,
  };
}

/** A run that waited for people goes on: the same run and message, with a stream of its own. */
async function continueRun(
  start: Start,
  draft: ThreadDraft,
  run: RunRow,
  isQueued: boolean,
): Promise<RunRow> {
  if (isQueued) throw new SkeinError('conflict', 'Another run is active in this thread.');
  const replaced = await mustItem(start.core, draft, start.replacesId!, 'replacesId'); // continuedRun found it
  const next: RunRow = {
    ...run,
    status: 'running',
    replacesId: replaced.id,
    streamId: newUuidV7(draft.nowMs),
    leaseToken: run.leaseToken + 1,
    leaseExpiresAt: draft.nowMs + start.core.runOptions.leaseMs,
  };
  writeStream(draft, newStream(next, draft.nowMs, replaced.parts), undefined);
  return writeRun(draft, next, run);
}
