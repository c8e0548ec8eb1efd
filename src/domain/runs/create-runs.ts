import { invalid, SkeinError } from '../../shared/error.ts';
import { newUuidV7, nextUuidV7 } from '../../shared/ids.ts';
import { runs, type ItemRow, type RunRow, type StreamRow } from '../../records/tables.ts';
import type { Responder } from '../../api/responder.ts';
import type { Drafting, Writing } from '../base/core.ts';
import { findKnownByKey } from '../items/find-by-keys.ts';
import { findContinued } from './make-room.ts';
import type { Question } from './run-input.ts';
import type { NewAnswer, Starting } from './run-request.ts';
import { knownRuns, mustUnredactedItem } from './run-rights.ts';
import { asAgent } from './agent-answers.ts';
import { messageIdOf } from './store-answer.ts';
import { findNewestAttempt, findRun, findRunsBy, writeRun, writeStream } from './run-rows.ts';
import { keptResults } from '../../shared/kept-results.ts';

interface CreatedRuns {
  readonly rows: readonly RunRow[];
  readonly answers: readonly NewAnswer[];
}

export async function createRuns(
  starting: Starting,
  question: Question,
  isQueued: boolean,
): Promise<CreatedRuns> {
  const { draft, messageId } = starting;
  const { input, replacesId } = question;
  const continued = await findContinued(starting, replacesId);
  // `continued` was found by it.
  if (continued) return continueRun(starting, continued, replacesId!, isQueued);
  if (messageId !== undefined) await mustBeUnusedMessageId(starting, messageId);
  const before = question.isNew ? undefined : await findNewestAttempt(starting, input.id);
  const replaced =
    replacesId === undefined
      ? undefined
      : await mustUnredactedItem(starting, replacesId, 'replacesId');
  const kept = question.isRetry && replaced ? keptResults(replaced.parts) : [];
  const retried = await findRetried(starting, replaced);
  const answers: NewAnswer[] = [];
  for (const asked of starting.answers) {
    answers.push(await asAgent(starting, answerAgain(starting, asked, retried)));
  }
  let id = await findNewestId(starting);
  const rows = answers.map((answer, i) => {
    id = nextUuidV7(id, draft.nowMs);
    const plan = { id, input, answer, isQueued, attempt: (before?.attempt ?? 0) + 1 };
    const run: RunRow = {
      ...newRun(starting, plan),
      ...(i === 0 && messageId !== undefined && { messageId }),
      ...(replaced && { replacesId: replaced.id }),
      ...(starting.retriesId !== undefined && replaced && { messageId: messageIdOf(replaced) }),
    };
    const snapshot = kept.length > 0 ? kept : undefined;
    writeStream(draft, newStream(run, draft.nowMs, snapshot), undefined);
    return writeRun(draft, run, undefined);
  });
  return { rows, answers };
}

/**
 * The run that is tried again as such: clients know its answer by an id. An agent that takes part
 * answers again, too, where its answer is replaced.
 */
async function findRetried(
  starting: Starting,
  replaced: ItemRow | undefined,
): Promise<RunRow | undefined> {
  const mayBeAgents = starting.draft.head.hasAgents;
  if (replaced?.runId === undefined || (starting.retriesId === undefined && !mayBeAgents)) return;
  const run = await findRun(starting, replaced.runId);
  return starting.retriesId !== undefined || run?.authorId !== undefined ? run : undefined;
}

/** Tools that another model has used may not be there for the first one. */
function answerAgain({ core }: Starting, asked: NewAnswer, retried: RunRow | undefined): NewAnswer {
  if (retried === undefined || asked.choice !== 'default') return asked;
  const { kind, name } = responderOf(retried);
  const own = core.responders?.find(kind, name);
  return own ? { ...asked, responder: own } : asked;
}

/** Runs wait their turn, and are listed, in the order of their ids, independent of clocks. */
async function findNewestId({ core, draft }: Drafting): Promise<string | undefined> {
  const prefix = [draft.head.id];
  const [newest] = await core.records.scan(runs, { prefix, reverse: true, limit: 1 });
  const ids = [newest, ...draft.listVersioned(runs)].flatMap((row) => row?.id ?? []);
  return ids.toSorted().at(-1);
}

/** The id of an answer must be unused, since clients identify messages by it. */
async function mustBeUnusedMessageId(writing: Writing, messageId: string): Promise<void> {
  const known = await findKnownByKey(writing, messageId);
  const open = await findRunsBy(writing, ['queued', 'running', 'interrupted']);
  const named = open.filter((run) => run.messageId === messageId);
  const run = (await knownRuns(writing, writing.draft.head, named)).find((one) => one);
  if (known === undefined && run === undefined) return;
  const message = 'is the id of another message of this thread';
  throw new SkeinError('key_conflict', `messageId: ${message}.`, {
    issues: [{ path: 'messageId', message }],
  });
}

interface RunPlan {
  readonly id: string;
  readonly input: ItemRow;
  readonly answer: NewAnswer;
  readonly isQueued: boolean;
  readonly attempt: number;
}

function newRun(
  { core, principal, draft, metadata = {}, requestId }: Starting,
  { id, input, answer, isQueued, attempt }: RunPlan,
): RunRow {
  const { nowMs, head } = draft;
  const { name, kind } = answer.responder;
  return {
    threadId: head.id,
    id,
    projectId: head.projectId,
    userId: principal.userId,
    status: isQueued ? 'queued' : 'running',
    ...(kind === 'model' ? { model: name } : { agent: name }),
    inputItemId: input.id,
    messageId: newUuidV7(nowMs),
    streamId: newUuidV7(nowMs),
    ...(answer.comparisonId !== undefined && { comparisonId: answer.comparisonId }),
    ...(answer.authorId !== undefined && { authorId: answer.authorId, links: answer.links ?? 1 }),
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

/** Continues a run that waited for people: the same run and message, with a new stream. */
async function continueRun(
  starting: Starting,
  run: RunRow,
  replacesId: string,
  isQueued: boolean,
): Promise<CreatedRuns> {
  if (isQueued) throw new SkeinError('conflict', 'Another run is active in this thread.');
  const { core, draft } = starting;
  const answer = continuedAnswer(starting, run);
  const replaced = await mustUnredactedItem(starting, replacesId, 'replacesId');
  const { name, kind } = answer.responder;
  const next: RunRow = {
    ...run,
    model: kind === 'model' ? name : undefined,
    agent: kind === 'agent' ? name : undefined,
    status: 'running',
    replacesId: replaced.id,
    streamId: newUuidV7(draft.nowMs),
    // Plus the time since it was interrupted.
    waitedMs: (run.waitedMs ?? 0) + Math.max(0, draft.nowMs - run.updatedAt),
    leaseToken: run.leaseToken + 1,
    leaseExpiresAt: draft.nowMs + core.runOptions.leaseMs,
  };
  writeStream(draft, newStream(next, draft.nowMs, replaced.parts), undefined);
  return { rows: [writeRun(draft, next, run)], answers: [answer] };
}

/** An answer is continued by the responder that began it, which the run names. */
function continuedAnswer({ core, answers }: Starting, run: RunRow): NewAnswer {
  const { kind, name } = responderOf(run);
  const asked = answers[0]!; // a run is started for one answer at least
  if (asked.responder.name === name && asked.responder.kind === kind) return asked;
  if (asked.choice === 'given') return asked;
  if (asked.choice === 'named') throw invalid(kind, `must be ${name}, which began the answer`);
  const own = core.responders?.find(kind, name);
  if (own) return { responder: own };
  throw new SkeinError(
    'conflict',
    `The ${kind} ${name}, which began the answer, is not here any more.`,
  );
}

function responderOf(run: RunRow): Pick<Responder, 'kind' | 'name'> {
  const kind = run.agent === undefined ? 'model' : 'agent';
  return { kind, name: run[kind]! }; // every run has one of them
}
