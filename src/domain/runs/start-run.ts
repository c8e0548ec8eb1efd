import { supervisorOf } from './run-supervisor.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import type { ThreadAddress, ThreadIdText } from '../../shared/ids.ts';
import { jsonEqual, toJsonObject, type JsonObject } from '../../shared/json.ts';
import type { RunRow } from '../../records/tables.ts';
import { mustTarget } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import { appendPrepared, mustAppend } from '../items/append-items.ts';
import type { Item, NewItem, Part } from '../../api/item.ts';
import { findInDraft } from '../log/draft-items.ts';
import { mayContinue, prepareItems, type PreparedItem } from '../log/prepare-item.ts';
import { presentItem } from '../items/present-item.ts';
import type { ThreadWriteOptions } from '../../api/write-options.ts';
import { requestKey, stampOf } from '../requests/idempotency.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { writeOnce } from '../requests/write-once.ts';
import {
  mustFit,
  mustMetadata,
  mustOneOf,
  mustShortText,
  mustKnowOptions,
} from '../../shared/validate.ts';
import { withAgents } from './agent-answers.ts';
import { archiveAfter } from './archive-after.ts';
import { chooseResponder } from '../responders/choose-responder.ts';
import { createRuns } from './create-runs.ts';
import { findContinued, makeRoom } from './make-room.ts';
import { maskRuns } from './present-run.ts';
import { idsOfBegun, recallBegun, recallByKeys } from './recall-runs.ts';
import { runPolicies, type NewRun, type Run, type StartedRun } from '../../api/run.ts';
import { continuedItemId, findQuestion } from './run-input.ts';
import type { Begun, NewAnswer, Repeat, Starting, StartRuns } from './run-request.ts';
import { mustContinue, mustReplaceable, mustKnownItem, mustRetryable } from './run-rights.ts';

export interface StartedRuns {
  readonly items: readonly Item[];
  readonly runs: readonly { readonly run: Run; readonly done: Promise<Run> }[];
  readonly replayed: boolean;
}

/** See `RunsApi.start`. */
export async function startRun(
  reading: Reading,
  threadId: ThreadIdText,
  input: NewRun,
  options: ThreadWriteOptions = {},
): Promise<StartedRun> {
  const { core } = reading;
  mustKnowOptions(input, runInput);
  const request: StartRuns = {
    items: itemsOf(input),
    answers: [{ responder: chooseResponder(core, input), choice: choiceOf(input) }],
    ...(input.policy && { policy: mustOneOf(runPolicies, input.policy, 'policy') }),
    ...(input.inputItemId !== undefined && { inputItemId: input.inputItemId }),
    ...(input.replacesId !== undefined && { replacesId: input.replacesId }),
    ...(input.retriesId !== undefined && { retriesId: input.retriesId }),
    ...(input.archiveAfter !== undefined && { archiveAfter: input.archiveAfter }),
    ...(input.messageId !== undefined && { messageId: input.messageId }),
    ...(input.metadata && { metadata: input.metadata }),
  };
  const started = await startRuns(reading, threadId, request, options);
  const { run, done } = started.runs[0]!; // one answer, one run
  return { run, done, items: started.items, replayed: started.replayed };
}

const runInput = {
  input: true,
  model: true,
  agent: true,
  responder: true,
  policy: true,
  inputItemId: true,
  replacesId: true,
  retriesId: true,
  archiveAfter: true,
  messageId: true,
  metadata: true,
} as const;

function choiceOf({ model, agent, responder }: NewRun): NonNullable<NewAnswer['choice']> {
  if (responder) return 'given';
  return (model ?? agent) === undefined ? 'default' : 'named';
}

function itemsOf({ input }: NewRun): readonly NewItem[] {
  if (input === undefined) return [];
  if (typeof input === 'string') return [{ role: 'user', text: input }];
  if (!Array.isArray(input)) throw invalid('input', 'must be a text or an array of items');
  return input;
}

/**
 * Stores the input and the runs that answer it in one commit, and begins to work on them. A call
 * repeated with the same keys returns the earlier runs.
 */
export async function startRuns(
  reading: Reading,
  threadId: ThreadIdText,
  request: StartRuns,
  { ifVersion, ...options }: ThreadWriteOptions = {},
): Promise<StartedRuns> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const stamp = stampOf(core, options);
  const prepared = prepareItems(reading, request.items, stamp, true);
  const repeat = request.repeat ?? repeatOf(request);
  const key = await requestKey(principal, options, repeat.asked);
  mustBeValid(core, request);
  const begun = await writeOnce<Begun>(reading, {
    thread,
    request: key,
    // What goes on with an answer has a rule of its own.
    mustBeAllowed: (requesting) =>
      mustAppend(requesting, isGoingOn(prepared) ? prepared.slice(0, -1) : prepared),
    write: (writing) =>
      begin({ ...writing, ...request, requestId: stamp.requestId, prepared, ifVersion }),
    idsOf: (begun) => repeat.idsOf(begun),
    recall: (writing, ids) => repeat.recall(writing, ids),
  });
  return work(reading, thread, begun);
}

function mustBeValid(core: Core, request: StartRuns): void {
  mustMetadata(request.metadata, 'metadata', core.limits.metadataBytesMax);
  if (request.messageId !== undefined) mustShortText(request.messageId, 'messageId');
  if (request.inputItemId !== undefined && request.items.length > 0) {
    throw invalid('inputItemId', 'cannot be combined with input');
  }
  if (request.retriesId === undefined) return;
  // A retry has the question, the place and the id of the answer that failed.
  const { items, replacesId, messageId } = request;
  const others = { input: items.at(0), replacesId, messageId };
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other) throw invalid('retriesId', `cannot be combined with ${other[0]}`);
}

function repeatOf(request: StartRuns): Repeat {
  const { items: start, answers, alsoPut: _alsoPut, ...rest } = request;
  const models = answers.map(({ responder }) => responder.name);
  const asked = (): JsonObject => toJsonObject({ ...rest, start, models }, '');
  return { asked, idsOf: idsOfBegun, recall: recallBegun };
}

/** Stores the question and the runs that answer it, once there is room for them. */
async function begin(called: Starting): Promise<Begun> {
  const earlier = await recallByKeys(called);
  if (earlier) return earlier;
  const asked = await withAgents(called);
  mustMatchVersion(asked.draft.head, asked.ifVersion);
  if (asked.replacesId !== undefined) await mustReplaceable(asked, asked.replacesId);
  const named = await withRetried(asked);
  const continuedId = continuedItemId(asked.prepared) ?? asked.replacesId;
  const continued = await findContinued(named, continuedId);
  const starting = continued ? asContinuation(named, continued) : named;
  const { draft, prepared } = starting;
  await mustFitAdded(starting, continued);
  // Before the append: the partial answer of a run that makes room precedes the new question.
  const isQueued = await makeRoom(starting, continued);
  mustBeFew(starting, isQueued);
  mustStillWait(prepared, continued);
  await archiveBehind(starting);
  const appended = await appendPrepared(starting, prepared);
  const question = await findQuestion(starting, appended);
  const { rows, answers } = await createRuns(starting, question, isQueued);
  await starting.alsoPut?.(draft, question.input, rows);
  draft.updateHead({}); // so that only one of two concurrent starts finds no active run
  return { items: appended.rows, rows, answers, replayed: false };
}

async function withRetried(starting: Starting): Promise<Starting> {
  if (starting.retriesId === undefined) return starting;
  return { ...starting, retriesId: (await mustRetryable(starting, starting.retriesId)).id };
}

/** Runs of this thread that do not let the new ones wait are ending. */
function mustBeFew({ core, principal, draft, answers }: Starting, isQueued: boolean): void {
  const active = supervisorOf(core).activeOf(principal);
  const others = active.filter(({ threadId }) => isQueued || threadId !== draft.head.id);
  const { runsPerUserMax } = core.runOptions;
  if (others.length + answers.length <= runsPerUserMax) return;
  throw new SkeinError(
    'rate_limited',
    `${others.length} answers to you are still being written: wait for one, or stop it.`,
  );
}

/** What people add to an answer is bounded like any item; the answer itself may be larger. */
async function mustFitAdded(starting: Starting, continued: RunRow | undefined): Promise<void> {
  const { core, prepared } = starting;
  for (const [i, { content, path }] of prepared.entries()) {
    if (!mayContinue(content)) continue;
    const isContinuation = continued !== undefined && i === prepared.length - 1;
    const stored = isContinuation ? await findInDraft(starting, content.replacesId!) : undefined;
    const added = content.parts.map((part, at) => addedTo(stored?.parts[at], part));
    mustFit(added, `${path}.parts`, core.limits.partsBytesMax);
  }
}

function addedTo(before: Part | undefined, part: Part): JsonObject {
  const fields = Object.entries(part).filter(([name, value]) => {
    const known = before?.[name];
    return known === undefined || !jsonEqual(known, value);
  });
  return Object.fromEntries(fields);
}

/** What was prepared, for who may go on with the waiting answer. */
function asContinuation(starting: Starting, continued: RunRow): Starting {
  const { prepared, principal } = starting;
  const last = prepared.at(-1);
  if (last === undefined || continuedItemId(prepared) === undefined) return starting;
  mustContinue(principal, continued);
  return { ...starting, prepared: [...prepared.slice(0, -1), { ...last, isContinuation: true }] };
}

/** Without a run it would be an edit. */
function isGoingOn(prepared: readonly PreparedItem[]): boolean {
  return continuedItemId(prepared) !== undefined && prepared.at(-1)?.content.runId !== undefined;
}

/** An answer continues only once: a second addition would overwrite the result of the first. */
function mustStillWait(prepared: readonly PreparedItem[], continued: RunRow | undefined): void {
  if (!isGoingOn(prepared) || continued) return;
  throw new SkeinError('conflict', 'The answer is no longer waiting. Read it again.');
}

async function archiveBehind(starting: Starting): Promise<void> {
  if (starting.archiveAfter === undefined) return;
  const item = await mustKnownItem(starting, starting.archiveAfter, 'archiveAfter');
  await archiveAfter(starting, item);
}

/** Begins to work on new runs, and waits for the end of earlier ones. */
async function work(reading: Reading, thread: ThreadAddress, begun: Begun): Promise<StartedRuns> {
  const { core, principal } = reading;
  const supervisor = supervisorOf(core);
  const dones = begun.rows.map((row, i) => {
    const ended = begun.replayed
      ? supervisor.whenEnded(row)
      : supervisor.work(row, principal, begun.answers[i]!); // one for each run
    return maskEnded(reading, ended);
  });
  const presented = await maskRuns(reading, begun.rows);
  return {
    items: begun.items.map((row) => presentItem(row, thread)),
    runs: presented.map((run, i) => ({ run, done: dones[i]! })),
    replayed: begun.replayed,
  };
}

function maskEnded(reading: Reading, ended: Promise<RunRow>): Promise<Run> {
  const masked = ended.then(async (row) => (await maskRuns(reading, [row]))[0]!); // one in, one out
  // Avoid an unhandled rejection when the caller ignores `done` and the store closes before it.
  masked.catch(() => undefined);
  return masked;
}
