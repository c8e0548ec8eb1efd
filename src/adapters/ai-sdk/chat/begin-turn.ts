import type { UIMessage } from 'ai';
import { SkeinError, invalid } from '../../../shared/error.ts';
import { jsonEqual, type JsonObject } from '../../../shared/json.ts';
import { hasResults, keptResults } from '../../../shared/kept-results.ts';
import type { Item, Part } from '../../../api/item.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { WriteOptions } from '../../../api/write-options.ts';
import type { Responder } from '../../../api/responder.ts';
import type { NewRun, Run } from '../../../api/run.ts';
import { reservedMetadata, toUIMessages, type MessageNewItem } from '../ui-messages.ts';
import { isClosedOtherwise } from './advance-tools.ts';
import type { ChatSettings } from './chat-settings.ts';
import { closedMessages, waitingRuns } from './closed-messages.ts';
import type { ChatRequest } from './chat-request.ts';
import { findMessage, isNotFound, mustBeMember, unlessMissing } from './find-message.ts';
import { isRepeated } from './repeated-parts.ts';

/** The surroundings of a turn. */
interface TurnHost {
  readonly project: ProjectApi;
  readonly settings: ChatSettings;
  /** Absent if the store's configuration has the responder. */
  readonly responder: Responder | undefined;
  readonly write: WriteOptions;
}

/**
 * A run whose whole stream the client gets. This request has begun it, or the same request did
 * before.
 */
export interface BegunTurn {
  readonly run: Run;
  /** The items that the request stored. */
  readonly items: readonly Item[];
  /** Earlier answers, which waited for people until this request went on without them. */
  readonly closed?: readonly UIMessage[];
  /** The client has nothing of the answer yet. */
  readonly isWhole?: boolean;
  /** What the client has of an answer that went on since, and what the answer then had. */
  readonly seen?: SeenAnswer;
  /** The answer that the new one is to replace. */
  readonly replacesId?: string;
}

interface SeenAnswer {
  readonly parts: readonly Part[];
  readonly metadata: JsonObject;
  readonly now: readonly Part[];
}

/**
 * Does what the client asks for. Each case is one commit of the store, besides the creation of a
 * new thread, which precedes its first message: a crash in between leaves an empty thread, in which
 * the same request succeeds.
 */
export function beginTurn(host: TurnHost, request: ChatRequest): Promise<BegunTurn> {
  if (request.trigger === 'regenerate-message') return wholly(answerAnew(host, request));
  const message = request.message!; // parseChatRequest requires one
  switch (message.role) {
    case 'user':
      return wholly(submit(host, request, message));
    case 'assistant':
      return goOn(host, request, message);
    default:
      throw invalid(`${request.path}.role`, 'must be user or assistant');
  }
}

/** For a client that waits for an answer of which it has nothing. */
async function wholly(turn: Promise<BegunTurn>): Promise<BegunTurn> {
  return { ...(await turn), isWhole: true };
}

/** A question: a new one, a repeated one, or an edited one. */
async function submit(
  host: TurnHost,
  request: ChatRequest,
  message: MessageNewItem,
): Promise<BegunTurn> {
  const { threadId, path } = request;
  const known = await findMessage(host.project, threadId, message.key);
  if (known === undefined) return ask(host, request, message);
  if (known.role !== 'user') throw invalid(`${path}.role`, `must be ${known.role}, as before`);
  mustStand(known);
  const isEdit = request.messageId === message.key;
  if (isSameMessage(known, message)) {
    const isUnderItsKey = !isEdit && known.key === message.key;
    return isUnderItsKey ? ask(host, request, message) : repeat(host, request, known, isEdit);
  }
  if (isEdit) return edit(host, request, known, message);
  throw new SkeinError('key_conflict', `${path}.id: the id was used for another message.`, {
    issues: [{ path: `${path}.id`, message: 'was used for another message' }],
  });
}

/**
 * A question that is new, or already stored under its key. The store knows what became of it, and
 * distinguishes a repetition from another author's message with the same id.
 */
async function ask(
  host: TurnHost,
  request: ChatRequest,
  message: MessageNewItem,
): Promise<BegunTurn> {
  const turn = await begin(host, request, { input: [message] });
  // A caller who may not read the log learns only here that the message existed and was taken out.
  turn.items.forEach(mustStand);
  return turn;
}

/**
 * Refuses an archived item: an answer to it, or in its place, would be archived and so lost at
 * once.
 */
function mustStand(item: Item): Item {
  if (item.visibility !== 'archived') return item;
  throw new SkeinError('conflict', 'The message is no longer in the conversation.');
}

function isSameMessage(known: Item, message: MessageNewItem): boolean {
  // As pages have them: what is private comes back in the metadata.
  const [before, now] = toUIMessages([known, message]).map(({ metadata = null }) => ({ metadata }));
  return (
    jsonEqual(known.parts, message.parts) && jsonEqual(before as JsonObject, now as JsonObject)
  );
}

/** The run that already answers the message; a new attempt if that run failed or was stopped. */
async function repeat(
  host: TurnHost,
  request: ChatRequest,
  known: Item,
  isEdit: boolean,
): Promise<BegunTurn> {
  const { project } = host;
  const { threadId } = request;
  const run = await newestRun(project, threadId, known.id);
  if (run === undefined) return begin(host, request, { inputItemId: known.id });
  const isFailed = hasFailed(run);
  // A client that edits has dropped everything after the message: it wants a new answer, not the
  // old one.
  const isAnother = isFailed || (isEdit && (await hasItemsAfter(project, threadId, run)));
  if (!isAnother) return { run, items: [known] };
  const answer = await findStanding(project, threadId, run.outputItemId);
  return begin(host, request, {
    inputItemId: known.id,
    ...(answer && (isFailed ? { retriesId: answer.id } : { replacesId: answer.id })),
    ...(isEdit && { archiveAfter: answer?.id ?? known.id }),
  });
}

/** The answer, unless it was taken out of the conversation; then nothing may replace it. */
async function findStanding(
  project: ProjectApi,
  threadId: string,
  itemId: string | undefined,
): Promise<Item | undefined> {
  const item = itemId === undefined ? undefined : await findMessage(project, threadId, itemId);
  const isGone = item?.visibility === 'archived' || item?.redactedAt !== undefined;
  return isGone ? undefined : item;
}

async function newestRun(
  project: ProjectApi,
  threadId: string,
  inputItemId: string,
): Promise<Run | undefined> {
  const { data } = await project.runs.list(threadId, { inputItemId, limit: 1000 });
  return data.at(-1);
}

async function hasItemsAfter(project: ProjectApi, threadId: string, run: Run): Promise<boolean> {
  if (run.outputItemId === undefined) return false;
  const { data } = await project.items.list(threadId, { after: run.outputItemId, limit: 1 });
  return data.length > 0;
}

function edit(
  host: TurnHost,
  request: ChatRequest,
  known: Item,
  { key, role, parts, metadata, private: isPrivate = false }: MessageNewItem,
): Promise<BegunTurn> {
  if (isPrivate && !known.private) {
    throw invalid(`${request.path}.private`, 'cannot be changed: send a new message instead');
  }
  const named = { ...metadata, [reservedMetadata.messageId]: key };
  const revision = { role, parts, metadata: named, replacesId: known.id } as const;
  return begin(host, request, { input: [revision], archiveAfter: known.id });
}

/**
 * Continues an answer that got what it waited for: an approval or the output of a client's tool.
 */
async function goOn(
  host: TurnHost,
  request: ChatRequest,
  message: MessageNewItem,
): Promise<BegunTurn> {
  const { threadId, path } = request;
  const { project } = host;
  const known = await findMessage(project, threadId, message.key);
  if (known?.role !== 'assistant' || known.runId === undefined) {
    await mustBeMember(project, threadId);
    throw invalid(`${path}.id`, 'must be the id of an answer of this conversation');
  }
  mustStand(known);
  const run = await unlessMissing(project.runs.get(threadId, known.runId));
  const { parts, private: isPrivate = false } = message;
  const metadata = { ...message.metadata, ...(isPrivate && { private: true }) };
  if (run === undefined) return goOnInFork(host, request, known, { parts, metadata });
  if (hasFailed(run)) mustDecideNothing(known.parts, parts);
  if (hasFailed(run) && !(await hasItemsAfter(project, threadId, run))) {
    const now = keptResults(known.parts);
    const seen = { parts, metadata, now };
    return { ...(await begin(host, request, { retriesId: known.id })), seen };
  }
  if (await isRepeated(project, known, parts, `${path}.parts`)) {
    return { run, items: [], seen: { parts, metadata, now: known.parts } };
  }
  const revision = {
    role: 'assistant',
    parts,
    metadata: { ...known.metadata, [reservedMetadata.messageId]: message.key },
    replacesId: known.id,
    runId: known.runId,
  } as const;
  const seen = { parts, metadata, now: parts };
  return { ...(await begin(host, request, { input: [revision] })), seen };
}

/** A fork has the answers of its source, but not their runs: only what was cut off goes on. */
async function goOnInFork(
  host: TurnHost,
  request: ChatRequest,
  known: Item,
  { parts, metadata }: Pick<SeenAnswer, 'parts' | 'metadata'>,
): Promise<BegunTurn> {
  if (!isCutOff(known.metadata)) {
    throw new SkeinError(
      'conflict',
      'The answer was made in the thread that this one was forked from. Ask for another one here.',
    );
  }
  mustDecideNothing(known.parts, parts);
  const seen = { parts, metadata, now: keptResults(known.parts) };
  return { ...(await begin(host, request, { retriesId: known.id })), seen };
}

/** A decision that comes after the answer has ended changes nothing, and must not look as if. */
function mustDecideNothing(stored: readonly Part[], sent: readonly Part[]): void {
  const isLate = sent.some((part, i) => {
    const known = stored[i];
    return known !== undefined && isClosedOtherwise(known, part);
  });
  if (!isLate) return;
  throw new SkeinError('conflict', 'The answer is no longer waiting. Load the messages anew.');
}

function hasFailed({ status }: Run): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** Replaces an answer by a new one and archives everything after it. */
async function answerAnew(host: TurnHost, request: ChatRequest): Promise<BegunTurn> {
  const { project } = host;
  const { threadId } = request;
  const known = await mustFindAsked(project, request);
  const isAnswer = known.role === 'assistant';
  const answer = isAnswer ? known : await findAnswer(project, threadId, known.id);
  const input = isAnswer ? await findQuestion(project, threadId, known) : known.id;
  // What the tools of a failed answer did is not done again.
  if (answer && hasResults(answer.parts) && (await isOfFailedRun(project, answer))) {
    return begin(host, request, { archiveAfter: answer.id, retriesId: answer.id });
  }
  return begin(host, request, {
    archiveAfter: answer?.id ?? known.id,
    ...(answer && { replacesId: answer.id }),
    ...(input !== undefined && { inputItemId: input }),
  });
}

async function isOfFailedRun(
  project: ProjectApi,
  { threadId, runId, metadata }: Item,
): Promise<boolean> {
  if (runId === undefined) return false;
  const run = await unlessMissing(project.runs.get(threadId, runId));
  return run ? hasFailed(run) : isCutOff(metadata);
}

/** Says it of an answer whose run is in the thread that this one was forked from. */
function isCutOff(metadata: JsonObject): boolean {
  return metadata['skein:partial'] === true;
}

/** The message that the client names, or else its last one, or else the newest of the thread. */
async function mustFindAsked(project: ProjectApi, request: ChatRequest): Promise<Item> {
  const { threadId, messageId, message } = request;
  const ids = [messageId, message?.key].filter((id) => id !== undefined);
  for (const id of ids) {
    const known = await findMessage(project, threadId, id);
    if (known?.role === 'user' || known?.role === 'assistant') return mustStand(known);
  }
  const { data } = await project.items.list(threadId, { order: 'desc', limit: 50 });
  const newest = data.find(({ role }) => role === 'user' || role === 'assistant');
  if (newest && ids.length === 0) return newest;
  await mustBeMember(project, threadId);
  const path = messageId === undefined ? request.path : 'messageId';
  throw invalid(path, 'must be a message of this conversation');
}

/** The newest answer to a question that is still visible. */
async function findAnswer(
  project: ProjectApi,
  threadId: string,
  parentId: string,
): Promise<Item | undefined> {
  const options = { parentId, order: 'desc', limit: 50 } as const;
  const { data } = await project.items.list(threadId, options);
  return data.find(({ role }) => role === 'assistant');
}

/** The answer of a run knows its question; for others it is the question before. */
async function findQuestion(
  project: ProjectApi,
  threadId: string,
  answer: Item,
): Promise<string | undefined> {
  if (answer.parentId !== undefined) return undefined;
  const { data } = await project.items.list(threadId, { before: answer.id, limit: 50 });
  return data.findLast(({ role }) => role === 'user')?.id;
}

async function begin(host: TurnHost, request: ChatRequest, asked: NewRun): Promise<BegunTurn> {
  const { settings, responder } = host;
  const { model, agent } = request;
  const run: NewRun = {
    ...asked,
    ...(responder ? { responder } : { ...(model && { model }), ...(agent && { agent }) }),
    ...(settings.policy && { policy: settings.policy }),
  };
  const { replacesId } = asked;
  const { project } = host;
  const { threadId } = request;
  const waiting = await waitingRuns(project, threadId);
  const started = await start(host, threadId, run);
  const closed = await closedMessages(project, threadId, waiting);
  return { ...started, closed, ...(replacesId !== undefined && { replacesId }) };
}

async function start(host: TurnHost, threadId: string, run: NewRun): Promise<BegunTurn> {
  const { project, write } = host;
  try {
    return await project.runs.start(threadId, run, write);
  } catch (error) {
    // Everything else about the request has been checked by now: a malformed one stores nothing.
    const isFirst = run.input?.length === 1 && run.archiveAfter === undefined;
    if (!isNotFound(error) || !isFirst) throw error;
    await createThread(host, threadId, error);
    return project.runs.start(threadId, run, write);
  }
}

/**
 * A thread that this caller may not see, or that was deleted, reads like one that does not exist.
 */
async function createThread(
  { project, settings, write }: TurnHost,
  id: string,
  missing: SkeinError,
): Promise<void> {
  try {
    await project.threads.create([{ ...settings.newThread, id }], write);
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'conflict') throw missing;
    throw error;
  }
}
