/** Whom the news of a thread reaches. */
import type { InboxKind } from '../../api/inbox.ts';
import { participants, type ParticipantRow, type ThreadRow } from '../../records/tables.ts';
import { mayRead, visit } from '../access/authorize.ts';
import type { Core, Visiting } from '../base/core.ts';

interface Hearer {
  readonly userId: string;
  readonly hears: (kind: InboxKind) => boolean;
}

/** Those of these users who may read the thread, and want to hear of it. */
export async function hearersAmong(
  core: Core,
  head: ThreadRow,
  userIds: readonly string[],
): Promise<Hearer[]> {
  const { id, projectId } = head;
  const keys = userIds.map((userId) => [id, userId]);
  const stored = await core.records.getExisting(participants, keys);
  const rows = new Map(stored.map((row) => [row.userId, row]));
  const asked = userIds.map(async (userId) => {
    const row = rows.get(userId);
    const visiting = await visit({ core, principal: { projectId, userId } }, head, { row });
    // A feed may know its guests by a claim of their tokens: each read asks for that again.
    const isGuest = head.mode === 'feed' && row !== undefined;
    if (isAway(head, row) || !(isGuest || mayRead(visiting.principal))) return undefined;
    const level = row?.notify ?? 'all';
    const hears = (kind: InboxKind): boolean =>
      level === 'all' || (level === 'mentions' && kind === 'mention');
    return { userId, hears };
  });
  return (await Promise.all(asked)).filter((hearer) => hearer !== undefined);
}

/** Whether a user hears of the thread, as they stand there at the time of reading. */
export function mayHear({ principal }: Visiting, head: ThreadRow, row?: ParticipantRow): boolean {
  return head.deletedAt === undefined && !isAway(head, row) && mayRead(principal);
}

/**
 * Who is banned or has left hears no more, not even of what anybody reads. A row that only keeps
 * what its user has set is no leaving.
 */
function isAway({ ownerId }: ThreadRow, row: ParticipantRow | undefined): boolean {
  if (row === undefined || row.userId === ownerId) return false;
  return row.state === 'banned' || (row.state === 'left' && row.joinedAt > 0);
}
