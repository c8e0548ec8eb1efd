import type { ItemRow, RunRow } from '../../records/tables.ts';
import type { ItemContent } from '../../records/thread-draft.ts';
import { jsonEqual, type JsonObject } from '../../shared/json.ts';
import { keptResults } from '../../shared/kept-results.ts';
import type { Drafting } from '../base/core.ts';
import { appendAnswer } from '../items/append-to-draft.ts';
import { isKeyFree } from '../items/find-by-keys.ts';
import { findInDraft, newestInDraft } from '../log/draft-items.ts';
import { errorPartType, isToolPart } from '../../shared/parts.ts';
import type { Part } from '../../api/item.ts';
import { closeWaiting, finishPartial } from '../streams/finish-partial.ts';
import { mergeMetadata } from '../../shared/merge-metadata.ts';
import type { Answer } from './read-answer.ts';
import type { RunError } from '../../shared/run-failure.ts';
import type { RunStatus } from '../../api/run.ts';

/** How a run must end. */
export interface Ending {
  readonly status: Exclude<RunStatus, 'queued' | 'running'>;
  readonly error?: RunError;
  /** Only the holder of this lease may end the run this way. If absent, any process may. */
  readonly leaseToken?: number;
  /**
   * What the caller has computed from the chunks. Without it, or if more are stored, they are read.
   */
  readonly answer?: Answer;
}

/** Reserved fields of an answer's metadata. */
export const partialField = 'skein:partial';
const messageIdField = 'skein:messageId';

/**
 * Appends the result of a run as an item, if there is any. A complete answer is not replaced by a
 * mere error, which the run reports.
 */
export async function storeAnswer(
  drafting: Drafting,
  run: RunRow,
  ending: Ending,
  answer: Answer | undefined,
): Promise<ItemRow | undefined> {
  const replaced = await findReplaced(drafting, run);
  const said = saidBy(run, partsOf(ending.status, answer), replaced);
  const parts = [...said, ...errorParts(ending.error)];
  if (parts.length === 0) return undefined;
  const isKept = replaced !== undefined && replaced.metadata[partialField] !== true;
  if (isKept && said.every(({ type }) => type === 'step-start')) return undefined;
  const metadata = {
    ...answer?.metadata,
    ...(isCutOff(ending.status, run) && { [partialField]: true }),
  };
  const content = await contentOf(drafting, run, { parts, metadata, replaced });
  return appendAnswer(drafting, content);
}

/**
 * An answer that waits for people is not cut off: it goes on, as the same message. In a comparison
 * it cannot.
 */
function isCutOff(status: RunStatus, { comparisonId }: RunRow): boolean {
  if (status === 'interrupted') return comparisonId !== undefined;
  return status !== 'completed';
}

function partsOf(status: RunStatus, answer: Answer | undefined): readonly Part[] {
  if (answer === undefined) return [];
  return status === 'completed' || status === 'interrupted'
    ? answer.parts
    : [...closeWaiting(finishPartial(answer.parts)), ...cutStep(answer.parts)];
}

/** An attempt that has added nothing leaves the half answer, which people have seen, as it was. */
function saidBy(
  run: RunRow,
  parts: readonly Part[],
  replaced: ItemRow | undefined,
): readonly Part[] {
  if (!replaced || replaced.runId === run.id || !isSameMessage(run, replaced)) return parts;
  if (!jsonEqual(parts, keptResults(replaced.parts))) return parts;
  return replaced.parts.filter(({ type }) => type !== errorPartType);
}

/** The step of which people saw only an input that was cut off: a page cannot take it back. */
function cutStep(parts: readonly Part[]): readonly Part[] {
  const begin = parts.findLastIndex(({ type }) => type === 'step-start');
  const step = begin < 0 ? [] : parts.slice(begin + 1);
  return step.some(isToolPart) && finishPartial(step).length === 0 ? [parts[begin]!] : [];
}

/**
 * Revises the answer of a run that waited for people and is ended without them: what it asked for
 * is no longer asked. Returns the revision and the parts as they were.
 */
export async function closeAnswer(
  drafting: Drafting,
  run: RunRow,
): Promise<{ readonly item: ItemRow; readonly before: readonly Part[] } | undefined> {
  const newest = await newestInDraft(drafting, run.outputItemId);
  if (newest === undefined) return undefined;
  const parts = closeWaiting(newest.parts);
  if (parts === newest.parts) return undefined;
  const { role, parentId, attempt, metadata } = newest;
  const item = await appendAnswer(drafting, {
    ...{ role, parts, parentId, attempt, visibility: 'visible' },
    ...(await privacyOf(drafting, run)),
    runId: run.id,
    requestId: run.requestId,
    replacesId: newest.id,
    metadata: { ...metadata, [partialField]: true, [messageIdField]: run.messageId },
    createdAt: drafting.draft.nowMs,
  });
  return { item, before: newest.parts };
}

/** People see the error; models never get parts of this type. */
function errorParts(error: RunError | undefined): Part[] {
  return error ? [{ type: errorPartType, data: { ...error } }] : [];
}

/** A continued or retried answer takes the place of the previous one, if that still exists. */
async function findReplaced(
  drafting: Drafting,
  { replacesId }: RunRow,
): Promise<ItemRow | undefined> {
  const row = replacesId === undefined ? undefined : await findInDraft(drafting, replacesId);
  return row?.redactedAt === undefined ? row : undefined;
}

interface NewContent {
  readonly parts: readonly Part[];
  readonly metadata: JsonObject;
  readonly replaced: ItemRow | undefined;
}

async function contentOf(
  drafting: Drafting,
  run: RunRow,
  { parts, metadata, replaced }: NewContent,
): Promise<ItemContent> {
  const { draft } = drafting;
  const isContinued = replaced?.runId === run.id;
  const privacy = await privacyOf(drafting, run);
  const isNamed = !isContinued && (await isKeyFree(drafting, run.messageId, privacy));
  return {
    role: 'assistant',
    parts,
    runId: run.id,
    parentId: run.inputItemId,
    visibility: 'visible',
    attempt: run.attempt,
    requestId: run.requestId,
    ...privacy,
    ...(replaced && { replacesId: replaced.id }),
    ...(isNamed && { key: run.messageId }),
    metadata: {
      ...(replaced && isSameMessage(run, replaced)
        ? continuedMetadata(replaced, metadata)
        : metadata),
      // Keys are unique in a thread: if the key is taken, metadata holds the message's id.
      ...(!isNamed && { [messageIdField]: run.messageId }),
    },
    createdAt: draft.nowMs,
  };
}

/**
 * The answer to a private item is private, too: for the thread's owner and the user who asked,
 * whose it is, also if an agent gives it. Any other answer is marked as what it answers or replaces
 * is (`inherit-mark.ts`).
 */
async function privacyOf(
  drafting: Drafting,
  { inputItemId, authorId }: RunRow,
): Promise<Pick<ItemContent, 'private' | 'sawPrivate' | 'authorId'>> {
  const input = inputItemId === undefined ? undefined : await findInDraft(drafting, inputItemId);
  if (input?.private) return { private: true, authorId: input.authorId };
  return { private: false, sawPrivate: false, ...(authorId !== undefined && { authorId }) };
}

/** A run goes on with its own answer, or with that of the attempt before. */
function isSameMessage(run: RunRow, item: ItemRow): boolean {
  return item.runId === run.id || messageIdOf(item) === run.messageId;
}

/** The id by which clients know an answer. */
export function messageIdOf({ id, key, metadata }: ItemRow): string {
  const told = metadata[messageIdField];
  return typeof told === 'string' ? told : (key ?? id);
}

/**
 * Clients merge new metadata of a message into what they have, and cannot take any away: an answer
 * that is whole after all says so.
 */
function continuedMetadata({ metadata: known }: ItemRow, added: JsonObject): JsonObject {
  const told = known[partialField] === undefined ? {} : { [partialField]: false };
  return mergeMetadata({ ...known, ...told }, added);
}
