/**
 * What users may do to each other's runs in a thread, which may be public. A run may be ended by
 * the user who asked for it and by those who lead the thread. The answer to a private item is for
 * the thread's owner and the user who asked.
 */
import {
  runs,
  type ItemRow,
  type RunRow,
  type StreamRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import { isOwner, mayLead, mayReadLog, seesAll } from '../access/authorize.ts';
import type { Member } from '../base/member.ts';
import { isKeptFrom, mayKnowItem } from '../log/kept-from.ts';
import type { Drafting, Writing, Visiting } from '../base/core.ts';
import { findInDraft, newestInDraft } from '../log/draft-items.ts';
import { findItem } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { findRun } from './run-rows.ts';
import { partialField } from './store-answer.ts';

export function mayEnd(principal: Member, { userId }: RunRow): boolean {
  return mayLead(principal) || (userId !== undefined && userId === principal.userId);
}

export function mustEnd(principal: Member, run: RunRow): void {
  if (mayEnd(principal, run)) return;
  throw new SkeinError(
    'forbidden',
    `The run ${run.id} belongs to another user: only the user who asked for it or leads the thread may end it.`,
  );
}

/**
 * Approving a call, or giving its output, is for those who lead the thread, and by a server of the
 * host for the user who asked. What a server may otherwise write for a user does not count: the
 * tool would work for a user who was never asked.
 */
export function mustContinue(member: Member, { userId }: RunRow): void {
  const isAsker = userId !== undefined && userId === member.userId;
  if (mayLead(member) || (isAsker && member.isServer === true)) return;
  throw new SkeinError(
    'forbidden',
    "Only the thread's owner and those who lead it may go on with an answer that waits.",
  );
}

/** The answer that a new one may replace. */
export async function mustReplaceable(
  writing: Writing,
  replacesId: string,
  path = 'replacesId',
): Promise<ItemRow> {
  const { principal, draft } = writing;
  const row = await mustKnownItem(writing, replacesId, path);
  if (row.role !== 'assistant') throw invalid(path, 'must be an answer');
  const run = row.runId === undefined ? undefined : await findRun(writing, row.runId);
  const isAsker = run?.userId !== undefined && run.userId === principal.userId;
  if (!isOwner(principal, draft.head) && !isAsker) {
    throw new SkeinError(
      'forbidden',
      "Only the thread's owner and the user who asked may replace this answer.",
    );
  }
  mustStand(row, path);
  if (run?.comparisonId !== undefined) throw comparedError();
  return row;
}

/**
 * A failed or stopped answer, which another attempt may go on from: its newest revision, which has
 * what the tools of all attempts have done.
 */
export async function mustRetryable(writing: Writing, retriesId: string): Promise<ItemRow> {
  const row = await mustReplaceable(writing, retriesId, 'retriesId');
  const newest = (await newestInDraft(writing, row.id)) ?? row;
  const run = newest.runId === undefined ? undefined : await findRun(writing, newest.runId);
  if (run?.status === 'failed' || run?.status === 'cancelled') return newest;
  // A fork has the answers of its source, but not the runs.
  if (run === undefined && newest.metadata[partialField] === true) return newest;
  throw new SkeinError('conflict', 'The answer did not fail. Read it again.');
}

/** An item of the thread that is not redacted. */
export async function mustUnredactedItem(
  drafting: Drafting,
  text: string,
  path: string,
): Promise<ItemRow> {
  const id = parseItemId(text);
  const row = id && (await findInDraft(drafting, id));
  if (!row || row.redactedAt !== undefined) throw isNoItem(path);
  return row;
}

/** Likewise, and not kept from the caller. */
export async function mustKnownItem(
  writing: Writing,
  text: string,
  path: string,
): Promise<ItemRow> {
  const row = await mustUnredactedItem(writing, text, path);
  if (await isKeptFrom(writing, writing.draft.head, row)) throw isNoItem(path);
  return row;
}

function isNoItem(path: string): SkeinError {
  return invalid(path, 'is not an item of this thread');
}

export function comparedError(): SkeinError {
  return new SkeinError(
    'conflict',
    'The answer belongs to a comparison and cannot be replaced. Ask again instead.',
  );
}

/** An item that may be answered, perhaps once more. */
export async function mustAnswerable(
  writing: Writing,
  row: ItemRow,
  path: string,
): Promise<ItemRow> {
  if (await isKeptFrom(writing, writing.draft.head, row)) throw isNoItem(path);
  mustStand(row, path);
  return row;
}

function mustStand({ visibility }: ItemRow, path: string): void {
  if (visibility !== 'archived') return;
  throw new SkeinError(
    'conflict',
    `${path}: the item was archived, so no reader would see the answer.`,
  );
}

/** Omits the runs that answer items which are private from the caller. */
export async function knownRuns(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly RunRow[],
): Promise<readonly (RunRow | undefined)[]> {
  const { principal } = reading;
  if (seesAll(principal, head)) return rows;
  const known: (RunRow | undefined)[] = [];
  // One at a time: a list has few runs, and its reader usually owns the thread.
  for (const row of rows) known.push((await isKnown(reading, head, row)) ? row : undefined);
  return known;
}

/** A run is as confidential as what it answers, what it replaces and what it has led to. */
async function isKnown(reading: Visiting, head: ThreadRow, run: RunRow): Promise<boolean> {
  const { inputItemId, replacesId, outputItemId, userId } = run;
  if (userId !== undefined && userId === reading.principal.userId) return true;
  for (const id of new Set([inputItemId, replacesId, outputItemId])) {
    if (id !== undefined && !(await mayKnowItem(reading, head, id))) return false;
  }
  return true;
}

/**
 * Throws `not_found` if the stream's run is private from the caller, or its answer was hidden
 * since.
 */
export async function mustFollow(
  reading: Visiting,
  head: ThreadRow,
  { threadId, runId }: StreamRow,
): Promise<void> {
  const { core, principal } = reading;
  if (runId === undefined || seesAll(principal, head)) return;
  const run = await core.records.get(runs, [threadId, runId]);
  if (run === undefined) return; // an operator's stream: its run is not in the store
  if (await mayFollow(reading, head, run)) return;
  throw notFound('The stream');
}

async function mayFollow(reading: Visiting, head: ThreadRow, run: RunRow): Promise<boolean> {
  const { core, principal } = reading;
  if (!(await isKnown(reading, head, run))) return false;
  const { outputItemId } = run;
  const output = outputItemId && (await findItem(core.records, head, outputItemId));
  if (!output) return true;
  const { originalId } = output.row;
  const original =
    originalId === undefined ? output : await findItem(core.records, head, originalId);
  const view = mayReadLog(principal) ? 'log' : 'current';
  const [seen] = await viewRows(reading, head, view, original ? [original] : []);
  // The chunks are the answer as the run gave it, which an edit has made history.
  return seen !== undefined && (view === 'log' || seen.shown.id === outputItemId);
}
