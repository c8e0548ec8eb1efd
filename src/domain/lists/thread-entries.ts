/** Threads as lists show them to a caller, with what they have read of each. */
import type { OtherUser, ThreadEntry } from '../../api/reading-state.ts';
import {
  participants,
  runs,
  type ParticipantRow,
  type RunRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { mayList, takesPart, visit } from '../access/authorize.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { showThread } from '../head/show-thread.ts';
import { knownRuns } from '../runs/run-rights.ts';
import { lookupUsers } from '../users/lookup-users.ts';
import { limits } from '../../api/limits.ts';
import { readPositionOf, unreadAfter } from './read-position.ts';

/** Which of the threads that a scan has found a list shows. */
export interface EntryFilter {
  readonly scopeType?: string;
  readonly scopeId?: string;
  readonly tag: string | undefined;
  readonly visibility: string | undefined;
  readonly archived: boolean;
  readonly participating: boolean;
  readonly unread: boolean | undefined;
}

/**
 * An entry for each head, or `undefined` if the list does not show it. An entry of an index may be
 * late, so each is checked against its thread and the caller's row there.
 */
export async function presentEntries(
  reading: Reading,
  filter: EntryFilter,
  heads: readonly (ThreadRow | undefined)[],
): Promise<(ThreadEntry | undefined)[]> {
  const asked = heads.map((head) => (head && isAskedFor(filter, head) ? head : undefined));
  const rows = await ownRows(reading, asked);
  const shown = await Promise.all(
    asked.map(async (head) => head && seenBy(reading, filter, head, rows.get(head.id))),
  );
  const active = await activeRuns(reading.core, shown);
  const entries = await Promise.all(
    shown.map(async (seen) => seen && presentEntry(seen, active.get(seen.head.id) ?? [])),
  );
  return withOthers(reading, entries, shown);
}

function isAskedFor(filter: EntryFilter, head: ThreadRow): boolean {
  const { scopeType, scopeId, tag, visibility, archived } = filter;
  return (
    head.deletedAt === undefined &&
    (scopeType === undefined || (head.scopeType === scopeType && head.scopeId === scopeId)) &&
    (tag === undefined || head.tags.includes(tag)) &&
    (visibility === undefined || head.visibility === visibility) &&
    head.archived === archived
  );
}

/** The caller's rows in these threads, in one read. */
async function ownRows(
  { core, principal }: Reading,
  heads: readonly (ThreadRow | undefined)[],
): Promise<ReadonlyMap<string, ParticipantRow>> {
  const { userId } = principal;
  if (userId === undefined) return new Map();
  const keys = heads.flatMap((head) => (head ? [[head.id, userId]] : []));
  const rows = await core.records.getExisting(participants, keys);
  return new Map(rows.map((row) => [row.threadId, row]));
}

/** A thread that the list shows, as its caller stands there. */
interface Seen {
  readonly visiting: Visiting;
  readonly head: ThreadRow;
  readonly row: ParticipantRow | undefined;
  readonly unread: number;
  readonly lastReadItemId: ThreadEntry['lastReadItemId'];
}

async function seenBy(
  reading: Reading,
  filter: EntryFilter,
  head: ThreadRow,
  row: ParticipantRow | undefined,
): Promise<Seen | undefined> {
  const visiting = await visit(reading, head, { row });
  const isIn = takesPart(visiting.principal);
  // Who has left a direct thread has hidden it.
  const isHidden = head.mode === 'direct' && row?.state === 'left';
  if (!mayList(visiting.principal) || isHidden || (filter.participating && !isIn)) return undefined;
  const { userId } = reading.principal;
  const hasRead = userId !== undefined && (isIn || row !== undefined);
  const read = hasRead ? readPositionOf(head, userId, row) : undefined;
  const unread = read ? unreadAfter(head, read) : 0;
  if (filter.unread !== undefined && filter.unread !== unread > 0) return undefined;
  return { visiting, head, row, unread, lastReadItemId: read?.itemId ?? null };
}

async function presentEntry(seen: Seen, running: readonly RunRow[]): Promise<ThreadEntry> {
  const { visiting, head, row, unread, lastReadItemId } = seen;
  const known = running.length === 0 ? [] : await knownRuns(visiting, head, running);
  const activeRun = known.find((run) => run !== undefined)?.id ?? null;
  const thread = await showThread(visiting, head);
  return { ...thread, unread, lastReadItemId, pinned: row?.pinned ?? false, activeRun };
}

/** The runs of these threads that a process works on: one read, as few run at a time. */
async function activeRuns(
  { records, clock }: Core,
  shown: readonly (Seen | undefined)[],
): Promise<ReadonlyMap<StoredThreadId, readonly RunRow[]>> {
  const ids = new Set(shown.flatMap((seen) => seen?.head.id ?? []));
  if (ids.size === 0) return new Map();
  const range = { index: 'byLease', prefix: [], after: [clock()], limit: runsMax };
  const leased = await records.scan(runs, range);
  const found = leased.length < runsMax ? leased : await runningIn({ records }, ids);
  const running = found.filter(({ threadId, status }) => ids.has(threadId) && status === 'running');
  return Map.groupBy(running, ({ threadId }) => threadId);
}

const runsMax = 500;

/** Where very many run, each thread is asked. */
async function runningIn(
  { records }: Pick<Core, 'records'>,
  ids: ReadonlySet<StoredThreadId>,
): Promise<RunRow[]> {
  const scans = [...ids].map((id) =>
    records.scan(runs, { index: 'byStatus', prefix: [id, 'running'], reverse: true, limit: 10 }),
  );
  return (await Promise.all(scans)).flat();
}

/** Names the other person of each direct thread. */
async function withOthers(
  reading: Reading,
  entries: readonly (ThreadEntry | undefined)[],
  shown: readonly (Seen | undefined)[],
): Promise<(ThreadEntry | undefined)[]> {
  const others = shown.map((seen) => seen && otherOf(reading, seen.head));
  const ids = [...new Set(others.flatMap((id) => id ?? []))];
  const names = new Map<string, OtherUser>();
  for (let i = 0; i < ids.length; i += limits.usersMax) {
    const found = await lookupUsers(reading, ids.slice(i, i + limits.usersMax));
    for (const { id, displayName } of found) names.set(id, { id, displayName });
  }
  return entries.map((entry, i) => {
    const id = others[i];
    if (entry === undefined || id === undefined) return entry;
    return { ...entry, otherUser: names.get(id) ?? { id, displayName: null } };
  });
}

function otherOf({ principal }: Reading, head: ThreadRow): string | undefined {
  if (head.otherId === undefined) return undefined;
  return head.ownerId === principal.userId ? head.otherId : head.ownerId;
}
