import { limits } from '../../api/limits.ts';
import type { InboxEntry, InboxKind } from '../../api/inbox.ts';
import type { OtherUser } from '../../api/reading-state.ts';
import {
  participants,
  type InboxRow,
  type ItemRow,
  type ParticipantRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { publicThreadId, type ItemId, type StoredThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { mentionedIn } from '../../shared/mentions.ts';
import { visit } from '../access/authorize.ts';
import { isConfidential } from '../access/may-derive.ts';
import type { Reading, Visiting } from '../base/core.ts';
import { snippetOf } from '../head/preview.ts';
import { headsById, showThread } from '../head/show-thread.ts';
import { findItem } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { lookupUsers } from '../users/lookup-users.ts';
import { mayHear } from './hearers.ts';

/** An entry that its user may see, as its thread stands now. */
interface VisibleEntry {
  readonly row: InboxRow;
  readonly heard: HeardThread;
  /** Absent for an invitation. */
  readonly item: ItemRow | undefined;
}

/** A thread of which the caller hears. */
interface HeardThread {
  readonly head: ThreadRow;
  readonly visiting: Visiting;
  readonly own: ParticipantRow | undefined;
}

/**
 * For each row the entry, or `undefined` if it is hidden from its user: one who may no longer read
 * the thread, has left it or was added once more, or whom the item mentions no more, since it is
 * hidden, redacted or edited.
 */
export async function visibleEntries(
  reading: Reading,
  rows: readonly InboxRow[],
): Promise<(VisibleEntry | undefined)[]> {
  const heardById = await heardThreads(reading, rows);
  const byThread = Map.groupBy(rows, ({ threadId }) => threadId);
  const shown = new Map<StoredThreadId, ReadonlyMap<ItemId, ItemRow>>();
  await Promise.all(
    [...heardById].map(async ([id, heard]) =>
      shown.set(id, await itemsOf(heard, byThread.get(id)!)),
    ),
  );
  return rows.map((row) => {
    const heard = heardById.get(row.threadId);
    return heard && seen(row, heard, shown.get(row.threadId)?.get(row.itemId ?? noItem));
  });
}

const noItem = '' as ItemId; // of no item

function seen(
  row: InboxRow,
  heard: HeardThread,
  item: ItemRow | undefined,
): VisibleEntry | undefined {
  const { own } = heard;
  if (row.kind === 'invite') {
    const isIn = own?.state === 'joined' && own.joinedAt === row.createdAt;
    return isIn ? { row, heard, item: undefined } : undefined;
  }
  if (item === undefined || isConfidential(item)) return undefined;
  const isFor = row.kind !== 'mention' || mentionedIn(item.parts).includes(row.userId);
  return isFor ? { row, heard, item } : undefined;
}

/** The threads of these rows of which the caller hears, in a read of the heads and one of rows. */
async function heardThreads(
  reading: Reading,
  rows: readonly InboxRow[],
): Promise<ReadonlyMap<StoredThreadId, HeardThread>> {
  const { core, principal } = reading;
  const ids = [...new Set(rows.map(({ threadId }) => threadId))];
  const heads = await headsById(core, ids);
  const keys = ids.map((id) => [id, principal.userId!]); // rows are of a user
  const stored = await core.records.getExisting(participants, keys);
  const owns = new Map(stored.map((row) => [row.threadId, row]));
  const heardById = new Map<StoredThreadId, HeardThread>();
  await Promise.all(
    [...heads.values()].map(async (head) => {
      const own = owns.get(head.id);
      const visiting = await visit(reading, head, { row: own });
      if (mayHear(visiting, head, own)) heardById.set(head.id, { head, visiting, own });
    }),
  );
  return heardById;
}

/** What a thread shows of the items of these rows, by their ids. */
async function itemsOf(
  { head, visiting }: HeardThread,
  rows: readonly InboxRow[],
): Promise<ReadonlyMap<ItemId, ItemRow>> {
  const { records } = visiting.core;
  const ids = [...new Set(rows.flatMap(({ itemId }) => itemId ?? []))];
  const found = await Promise.all(ids.map((id) => findItem(records, head, id)));
  const views = await viewRows(
    visiting,
    head,
    'current',
    found.filter((row) => row !== undefined),
  );
  const shown = views.filter((view) => view !== undefined);
  return new Map(shown.map(({ original, shown }) => [original.id, shown]));
}

/** Entries as their user gets them. */
export async function presentNews(
  reading: Reading,
  entries: readonly (VisibleEntry | undefined)[],
): Promise<(InboxEntry | undefined)[]> {
  const names = await otherNames(reading, entries);
  return Promise.all(
    entries.map(async (entry) => entry && presentEntry(entry, names.get(otherOf(entry) ?? ''))),
  );
}

async function presentEntry(
  { row, heard, item }: VisibleEntry,
  otherUser: OtherUser | undefined,
): Promise<InboxEntry> {
  const { title } = await showThread(heard.visiting, heard.head);
  return {
    id: row.id,
    kind: row.kind as InboxKind, // the operations of this folder have put it into the row
    threadId: publicThreadId(row.threadId),
    threadTitle: title,
    ...(otherUser && { otherUser }),
    itemId: row.itemId ?? null,
    authorId: (item ? item.authorId : row.addedBy) ?? null,
    snippet: item ? snippetOf(item) : null,
    seenAt: row.seenAt === undefined ? null : isoTime(row.seenAt),
    createdAt: isoTime(row.createdAt),
  };
}

/** The other person of a direct thread. */
function otherOf({ row, heard: { head } }: VisibleEntry): string | undefined {
  return head.ownerId === row.userId ? head.otherId : head.otherId && head.ownerId;
}

async function otherNames(
  reading: Reading,
  entries: readonly (VisibleEntry | undefined)[],
): Promise<ReadonlyMap<string, OtherUser>> {
  const ids = [...new Set(entries.flatMap((entry) => (entry && otherOf(entry)) ?? []))];
  const names = new Map<string, OtherUser>(ids.map((id) => [id, { id, displayName: null }]));
  for (let i = 0; i < ids.length; i += limits.usersMax) {
    const found = await lookupUsers(reading, ids.slice(i, i + limits.usersMax));
    for (const { id, displayName } of found) names.set(id, { id, displayName });
  }
  return names;
}
