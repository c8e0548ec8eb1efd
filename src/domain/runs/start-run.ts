import { supervisorOf } from './run-supervisor.ts';
import { invalid } from '../../shared/error.ts';
import type { ItemId, ThreadId } from '../../shared/ids.ts';
import { toJsonObject } from '../../shared/json.ts';
import type { RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mustThreadId, mustUserId } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core, Reading } from '../base/core.ts';
import { appendPrepared, mustSpeakForSelf } from '../items/append-items.ts';
import type { Item, NewItem } from '../../api/item.ts';
import { prepareItems, type PreparedItem } from '../log/prepare-item.ts';
import { presentItem } from '../items/present-item.ts';
import type { WriteOptions } from '../../api/write-options.ts';
import {
  recallRequest,
  rememberRequest,
  requestIdOf,
  requestKey,
  type RequestKey,
} from '../requests/idempotency.ts';
import { mustMetadata, mustOneOf, mustShortText } from '../../shared/validate.ts';
import { archiveAfter } from './archive-after.ts';
import { chooseResponder } from '../models/choose-responder.ts';
import { createRuns } from './create-runs.ts';
import { makeRoom, mustStillWait } from './make-room.ts';
import { maskRuns } from './mask-runs.ts';
import { mustUnredactedItem } from './must-unredacted-item.ts';
import { failedAnswer, recall, recallByKeys } from './recall-runs.ts';
import { runPolicies, type NewRun, type Run, type StartedRun } from '../../api/run.ts';
import { findInput } from './run-input.ts';
import type { Begun, NewAnswer, Start, StartRuns } from './run-request.ts';
import { mustAnswerable, mustReplaceable } from './run-rights.ts';

export interface StartedRuns {
  readonly items: readonly Item[];
  readonly runs: readonly { readonly run: Run; readonly done: Promise<Run> }[];
  readonly replayed: boolean;
}

/** See `RunsApi.start`. */
export async function startRun(
  reading: Reading,
  threadId: string,
  input: NewRun,
  options: WriteOptions = {},
): Promise<StartedRun> {
  const { core } = reading;
  const request: StartRuns = {
    items: itemsOf(input),
    answers: [{ responder: chooseResponder(core, input), choice: choiceOf(input) }],
    ...(input.policy && { policy: mustOneOf(runPolicies, input.policy, 'policy') }),
    ...(input.inputItemId !== undefined && { inputItemId: input.inputItemId }),
    ...(input.replacesId !== undefined && { replacesId: input.replacesId }),
    ...(input.archiveAfter !== undefined && { archiveAfter: input.archiveAfter }),
    ...(input.messageId !== undefined && { messageId: input.messageId }),
    ...(input.metadata && { metadata: input.metadata }),
  };
  const started = await startRuns(reading, threadId, request, options);
  const { run, done } = started.runs[0]!; // one answer, one run
  return { run, done, items: started.items, replayed: started.replayed };
}

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
 * Stores the input and the runs that answer it in one commit, and begins to work on them. When the same
 * was asked before, with the same keys, it answers with the runs of then.
 */
export async function startRuns(
  reading: Reading,
  threadId: string,
  request: StartRuns,
  options: WriteOptions = {},
): Promise<StartedRuns> {
  const { core, principal } = reading;
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
    if (begun.replayed) return supervisorOf(core).whenEnded(row);
    return supervisorOf(core).work(row, principal, begun.answers[i]!); // one for each run
  });
  const dones = ends.map((ended) => maskEnded(reading, ended));
  const presented = await maskRuns(reading, begun.rows);
  const runsBegun = presented.map((run, i) => ({ run, done: dones[i]! }));
  const items = begun.items.map((row) => presentItem(row, id));
  return { items, runs: runsBegun, replayed: begun.replayed };
}

function maskEnded(reading: Reading, ended: Promise<RunRow>): Promise<Run> {
  const masked = ended.then(async (row) => (await maskRuns(reading, [row]))[0]!); // one in, one out
  // Whoever does not wait for the end is not to be troubled when the store closes before it.
  masked.catch(() => undefined);
  return masked;
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
  const { items: start, answers, alsoPut: _alsoPut, ...rest } = request;
  const models = answers.map(({ responder }) => responder.name);
  const content = toJsonObject({ ...rest, start, models }, '');
  return requestKey(threadId, principal, idempotencyKey, content);
}

async function begin(start: Start, draft: ThreadDraft): Promise<Begun> {
  const { core, principal, prepared, key } = start;
  await authorize({ core, principal }, 'append', draft.head);
  mustSpeakForSelf(principal, draft, prepared);
  const recalled = key && (await recallRequest({ core, draft }, key));
  if (recalled) return recall({ core, draft }, recalled);
  const earlier = await recallByKeys(start, draft);
  if (earlier) return earlier;
  const continuedId = continuedItemId(prepared);
  if (start.replacesId !== undefined) await mustReplaceable(start, draft, start.replacesId);
  const room = continuedId === undefined ? start : { ...start, replacesId: continuedId };
  const isQueued = await makeRoom(room, draft); // before the append: the partial answer comes before the new question
  await mustStillWait(room, draft);
  if (start.archiveAfter !== undefined) {
    const item = await mustUnredactedItem({ core, draft }, start.archiveAfter, 'archiveAfter');
    await archiveAfter({ core, principal, draft }, item);
  }
  const appended = await appendPrepared({ core, principal, draft }, prepared);
  const last = appended.rows.at(-1);
  const isContinued = continuedId !== undefined && last !== undefined;
  const isRetry = appended.replayed && last !== undefined;
  if (isRetry) mustAnswerable(principal, draft.head, last, 'input');
  const replacesId = isContinued
    ? last.id
    : isRetry
      ? await failedAnswer(start, draft, last)
      : undefined;
  const asked = { ...start, isRetry, ...(replacesId && { replacesId }) };
  const input = await findInput(asked, draft, isContinued ? undefined : last);
  const { rows, answers } = await createRuns(asked, draft, input, isQueued);
  await start.alsoPut?.(draft, input, rows);
  draft.updateHead({}); // so that of two starts at once only one finds no run active
  if (key) rememberRequest({ core, draft }, key, [...ids(appended.rows), '/', ...ids(rows)]);
  return { items: appended.rows, rows, answers, replayed: false };
}

/** People have added to an answer what it waited for, such as an approval: the answer goes on. */
function continuedItemId(prepared: readonly PreparedItem[]): ItemId | undefined {
  const content = prepared.at(-1)?.content;
  return content?.role === 'assistant' ? content.replacesId : undefined;
}

function ids(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
