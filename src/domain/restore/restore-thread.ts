import type { RestoredThread, RestoreOutcome } from '../../api/restore.ts';
import { items as itemsTable, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import { ConflictError, invalid, SkeinError } from '../../shared/error.ts';
import {
  idOfAddress,
  nextItemId,
  parseItemId,
  publicThreadId,
  type ItemId,
} from '../../shared/ids.ts';
import { jsonEqual } from '../../shared/json.ts';
import { ownerOf } from '../access/member.ts';
import type { Core, Writing } from '../base/core.ts';
import { appendNew, appendOne } from '../items/append-to-draft.ts';
import { findByKey, mustBeSame } from '../items/find-by-keys.ts';
import { refreshPreview } from '../head/refresh-preview.ts';
import { findInDraft } from '../log/draft-items.ts';
import { newThreadDraft } from '../threads/create-thread.ts';
import { planThread, type PlannedItem, type ThreadPlan } from './plan-thread.ts';

const attemptsMax = 5;

/** Brings one thread in: see `OperatorRestoreApi`. */
export async function restoreThread(core: Core, input: RestoredThread): Promise<RestoreOutcome> {
  const plan = planThread(core, input);
  const threadId = publicThreadId(plan.thread);
  for (let attempt = 1; ; attempt++) {
    const stored = await core.writer.head(plan.thread);
    if (stored?.deletedAt !== undefined) {
      return { threadId, status: 'deleted', itemsAdded: 0, itemIds: [] };
    }
    try {
      const written = await (stored ? goOn(core, plan) : begin(core, plan));
      await mustReadBack(core, plan, written.added);
      const { added, ids } = written;
      const status = stored ? 'found' : 'created';
      return { threadId, status, itemsAdded: added.length, itemIds: ids };
    } catch (error) {
      // Another call has made the thread meanwhile: this one goes on with it.
      if (!(error instanceof ConflictError) || attempt === attemptsMax) throw error;
    }
  }
}

interface Written {
  /** The rows that are new. */
  readonly added: readonly ItemRow[];
  /** The id of each given item. */
  readonly ids: readonly ItemId[];
}

async function begin(core: Core, plan: ThreadPlan): Promise<Written> {
  const { projectId, ownerId, times, archivedAt } = plan;
  const timed = { ...core, clock: () => times.updatedAt };
  const draft = newThreadDraft(
    timed,
    { projectId, ownerId },
    idOfAddress(plan.thread),
    plan.content,
  );
  draft.head = { ...draft.head, archived: archivedAt !== undefined, archivedAt };
  const written = await addItems({ core, principal: ownerOf(draft.head), draft }, plan);
  draft.head = { ...draft.head, ...placeOf(times.updatedAt), createdAt: times.createdAt };
  draft.head = { ...draft.head, ...allRead(draft.head) };
  await core.writer.create(draft);
  return written;
}

/** What comes from elsewhere is no news to its owner. */
function allRead(head: ThreadRow): Pick<ThreadRow, 'ownerItemId' | 'ownerPosition'> {
  const { lastItemId, messagePosition } = head;
  return lastItemId === undefined
    ? {}
    : { ownerItemId: lastItemId, ownerPosition: messagePosition };
}

function goOn(core: Core, plan: ThreadPlan): Promise<Written> {
  return core.writer.write(
    plan.thread,
    async (draft) => {
      const before = draft.head;
      mustBeOwn(before, plan);
      const written = await addItems({ core, principal: ownerOf(draft.head), draft }, plan);
      if (written.added.length === 0) return written;
      const updatedAt = Math.max(before.updatedAt, plan.times.updatedAt);
      draft.head = { ...draft.head, ...placeOf(updatedAt) };
      return written;
    },
    plan.weight,
  );
}

function placeOf(updatedAt: number): Pick<ThreadRow, 'updatedAt' | 'listedAt'> {
  return { updatedAt, listedAt: Math.floor(updatedAt / 1000) * 1000 };
}

function mustBeOwn({ projectId, ownerId }: ThreadRow, plan: ThreadPlan): void {
  if (projectId === plan.projectId && ownerId === plan.ownerId) return;
  const name = publicThreadId(plan.thread);
  throw new SkeinError('conflict', `The thread id ${name} is in use by another owner.`);
}

/** Appends the items that the thread does not have, in order. */
async function addItems(writing: Writing, { items }: ThreadPlan): Promise<Written> {
  const added: ItemRow[] = [];
  const ids: ItemId[] = [];
  const redacted = new Map<ItemId, number>();
  const idOf = new Map<string, ItemId>();
  for (const planned of items) {
    const item = await withReferences(writing, planned, idOf);
    const known = await findKnown(writing, item);
    const row = known ? mustBeSame(known, item) : await add(writing, item);
    if (!known) added.push(row);
    if (!known && item.redactedAt !== undefined) redacted.set(row.id, item.redactedAt);
    ids.push(row.id);
    if (item.id !== undefined) idOf.set(item.id, row.id);
  }
  if (redacted.size > 0) await redact(writing, redacted);
  return { added, ids };
}

/** At the end, since a redacted item takes no revisions, and those that it had come along. */
async function redact(writing: Writing, times: ReadonlyMap<ItemId, number>): Promise<void> {
  const { draft } = writing;
  for (const [id, redactedAt] of times) {
    const row = draft.findItem(id)!; // it was appended just now
    draft.rewriteItem({ ...row, parts: [], metadata: {}, redactedAt }, row);
  }
  await refreshPreview(writing);
}

/** Items name each other by the ids of where they come from. */
async function withReferences(
  writing: Writing,
  item: PlannedItem,
  idOf: ReadonlyMap<string, ItemId>,
): Promise<PlannedItem> {
  const find = async (name: 'parentId' | 'replacesId'): Promise<ItemId | undefined> => {
    const text = item[name];
    if (text === undefined) return undefined;
    const known = idOf.get(text) ?? (await findNamed(writing, text))?.id;
    if (known) return known;
    throw invalid(`${item.path}.${name}`, 'must be the id of an item before it in the thread');
  };
  const named = { parentId: await find('parentId'), replacesId: await find('replacesId') };
  return { ...item, content: { ...item.content, ...named } };
}

async function findKnown(
  writing: Writing,
  { id, content }: PlannedItem,
): Promise<ItemRow | undefined> {
  const named = id === undefined ? undefined : await findNamed(writing, id);
  return named ?? (content.key === undefined ? undefined : findByKey(writing, content.key));
}

/** The item with this id, or with what was its id elsewhere as its key. */
async function findNamed(writing: Writing, text: string): Promise<ItemRow | undefined> {
  const id = parseItemId(text);
  return (id && (await findInDraft(writing, id))) ?? findByKey(writing, text);
}

async function add(writing: Writing, item: PlannedItem): Promise<ItemRow> {
  const { lastItemId } = writing.draft.head;
  const given = parseItemId(item.id);
  const isRising = given !== undefined && (lastItemId === undefined || given > lastItemId);
  const id = isRising ? given : nextItemId(lastItemId, item.content.createdAt);
  const key = item.content.key ?? (isRising ? undefined : item.id);
  const content = { ...item.content, id, key };
  const original = await findOriginal(writing, content.replacesId);
  if (original?.redactedAt === undefined) return appendOne(writing, { ...item, content });
  // What was redacted here does not come back as a revision.
  const { redactedAt, visibility, private: isPrivate } = original;
  const gone = { parts: [], metadata: {}, redactedAt, originalId: original.id };
  const row = { ...content, ...gone, visibility, private: isPrivate };
  return (await appendNew(writing, [row]))[0]!; // one in, one out
}

async function findOriginal(
  writing: Writing,
  replacesId: ItemId | undefined,
): Promise<ItemRow | undefined> {
  const replaced = replacesId && (await findInDraft(writing, replacesId));
  return replaced?.originalId ? findInDraft(writing, replaced.originalId) : replaced;
}

/** What was written must be what was given, whatever the engine says. */
async function mustReadBack(core: Core, plan: ThreadPlan, rows: readonly ItemRow[]): Promise<void> {
  const keys = rows.map((row) => [row.threadId, row.id]);
  const stored = await core.records.getExisting(itemsTable, keys);
  const isSame = rows.every((row, i) => {
    const other = stored[i];
    return (
      other?.id === row.id &&
      other.createdAt === row.createdAt &&
      other.key === row.key &&
      (jsonEqual(other.parts, row.parts) || other.redactedAt !== undefined)
    );
  });
  if (isSame && stored.length === rows.length) return;
  const name = publicThreadId(plan.thread);
  throw new SkeinError('internal', `The items of ${name} do not read back as they were written.`);
}
