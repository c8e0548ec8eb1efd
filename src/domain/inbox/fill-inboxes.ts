import type { InboxKind } from '../../api/inbox.ts';
import { expectAbsent, put } from '../../records/records.ts';
import {
  inbox,
  items,
  type InboxRow,
  type ItemRow,
  type TaskRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { mentionedIn } from '../../shared/mentions.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { isAgentId } from '../../shared/validate.ts';
import { isConfidential } from '../access/may-derive.ts';
import type { Core } from '../base/core.ts';
import { findItem } from '../log/item-log.ts';
import { itemEntryId } from './entry-key.ts';
import { isReply, itemsPerTask } from './promise-entries.ts';
import { hearersAmong } from './hearers.ts';
import { trimInbox } from './trim-inbox.ts';

/**
 * The promised part of an append: entries for all whom the items are for and who may read them. It
 * may run again, and on two servers at once: an entry that is there stays as it is.
 */
export async function fillInboxes(core: Core, { threadId, itemId }: TaskRow): Promise<void> {
  const head = await core.writer.head(threadId);
  if (head === undefined || head.deletedAt !== undefined || itemId === undefined) return;
  const first = await core.records.get(items, [threadId, itemId]);
  const range = { prefix: [threadId], after: [itemId], limit: itemsPerTask - 1 };
  const rest = await core.records.scan(items, range);
  const calls: Call[] = [];
  for (const row of [...(first ? [first] : []), ...rest]) {
    calls.push(...(await callsOf(core, head, row)));
  }
  await writeEntries(core, head, calls);
}

/** An item that is for a user. */
interface Call {
  readonly userId: string;
  readonly kind: Exclude<InboxKind, 'invite'>;
  readonly item: ItemRow;
}

/** Private items, and answers that saw something private, are for no one but those who ask. */
async function callsOf(core: Core, head: ThreadRow, item: ItemRow): Promise<Call[]> {
  if (isConfidential(item) || item.redactedAt !== undefined) return [];
  const calls: Call[] = mentionedIn(item.parts).map((userId) => ({
    userId,
    kind: 'mention',
    item,
  }));
  if (isReply(item)) {
    const parent = await findItem(core.records, head, item.parentId!); // a reply has one
    const { role, authorId: userId } = parent?.row ?? {};
    const isToPerson = userId !== undefined && role === 'user' && !isConfidential(parent!.row);
    if (isToPerson) calls.push({ userId, kind: 'reply', item });
  }
  return calls.filter(({ userId }) => userId !== item.authorId && !isAgentId(userId));
}

async function writeEntries(core: Core, head: ThreadRow, calls: readonly Call[]): Promise<void> {
  const byUser = Map.groupBy(calls, ({ userId }) => userId);
  const users = [...byUser.keys()];
  for (let i = 0; i < users.length; i += usersAtOnce) {
    const hearers = await hearersAmong(core, head, users.slice(i, i + usersAtOnce));
    const writing = hearers.map(async ({ userId, hears }) => {
      const heard = byUser.get(userId)!.filter(({ kind }) => hears(kind)); // it is one of them
      const rows = heard.map((call) => entryOf(head, call));
      if (rows.length > 0) await addEntries(core, rows);
    });
    await Promise.all(writing);
  }
}

const usersAtOnce = 50;

/** Of a revision it is the entry of the item that people know. */
function entryOf({ id, projectId }: ThreadRow, { userId, kind, item }: Call): InboxRow {
  const { originalId: itemId = item.id, createdAt } = item;
  return {
    ...{ projectId, userId, id: itemEntryId(itemId, kind), threadId: id, itemId, kind },
    ...{ createdAt, unseenAt: createdAt, version: 1 },
  };
}

/** All of one user, so that a commit is in one partition. Those that are there stay. */
async function addEntries(core: Core, rows: readonly InboxRow[]): Promise<void> {
  const isNew = await retryConflicts(async () => {
    const stored = await core.records.getExisting(inbox, rows.map(keyOf));
    const known = new Set(stored.map(({ id }) => id));
    const fresh = [...new Map(rows.map((row) => [row.id, row])).values()].filter(
      ({ id }) => !known.has(id),
    );
    if (fresh.length === 0) return false;
    await core.records.commit({
      puts: fresh.map((row) => put(inbox, row, null)),
      expects: fresh.map((row) => expectAbsent(inbox, keyOf(row))),
    });
    return true;
  });
  if (isNew) await trimInbox(core, rows);
}

function keyOf({ projectId, userId, id }: InboxRow): [string, string, string] {
  return [projectId, userId, id];
}
