import type { ThreadIdText } from '../../shared/ids.ts';
import type { Participant, ParticipantListOptions } from '../../api/participant.ts';
import { participantStates } from '../../api/participation.ts';
import type { Page } from '../../api/page.ts';
import { participants, type ParticipantRow, type ThreadRow } from '../../records/tables.ts';
import { notFound } from '../../shared/error.ts';
import { mustKnowOptions, mustOneOf } from '../../shared/validate.ts';
import { authorizeMore, mayLead, mayListParticipants, mustVisit } from '../access/authorize.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { paginate, type RowRange } from '../base/paginate.ts';
import { mustOtherUserId, ownerRow, presentParticipant } from './participant-rows.ts';

/** See `ParticipantsApi.list`. */
export async function listParticipants(
  reading: Reading,
  threadId: ThreadIdText,
  options: ParticipantListOptions = {},
): Promise<Page<Participant>> {
  const { core, principal } = reading;
  const { head, visiting } = await mustVisit(reading, 'listParticipants', threadId);
  mustKnowOptions(options, { limit: true, after: true, before: true, state: true });
  const state = mustOneOf(participantStates, options.state ?? 'joined', 'state');
  if (state !== 'joined') await authorizeMore(visiting, 'remove', head);
  return paginate<ParticipantRow, Participant>(
    {
      list: `participants ${head.id} ${state}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => scanWithOwner(core, head, range),
      positionOf: ({ userId }) => [userId],
      present: (rows) =>
        Promise.resolve(
          rows.map((row) => {
            const isOwner = row.userId === head.ownerId;
            const isShown = isOwner ? state === 'joined' : row.state === state;
            return isShown ? presentParticipant(row, head, principal.userId) : undefined;
          }),
        ),
    },
    options,
  );
}

/** Who takes part or has, by id. The owner of a thread that has no row of them is in its place. */
export async function scanWithOwner(
  core: Core,
  head: ThreadRow,
  range: RowRange,
): Promise<readonly ParticipantRow[]> {
  const rows = await core.records.scan(participants, { prefix: [head.id], ...range });
  const { ownerId } = head;
  const { after, before, reverse, limit } = range;
  if (rows.some(({ userId }) => userId === ownerId)) return rows;
  const last = rows.length < limit ? undefined : rows.at(-1)?.userId;
  const isBeyond = last !== undefined && (reverse ? ownerId < last : ownerId > last);
  const isInside =
    (after === undefined || ownerId > String(after[0])) &&
    (before === undefined || ownerId < String(before[0]));
  if (isBeyond || !isInside) return rows;
  const sorted = [...rows, ownerRow(head)].toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  return (reverse ? sorted.toReversed() : sorted).slice(0, limit);
}

/** See `ParticipantsApi.get`. Everybody may read their own row. */
export async function getParticipant(
  reading: Reading,
  threadId: ThreadIdText,
  userId: string,
): Promise<Participant> {
  const { core, principal } = reading;
  const { head, visiting } = await mustVisit(reading, 'read', threadId);
  const id = mustOtherUserId(userId, 'userId');
  if (id !== principal.userId) await authorizeMore(visiting, 'listParticipants', head);
  const stored = await core.records.get(participants, [head.id, id]);
  const row = stored ?? (id === head.ownerId ? ownerRow(head) : undefined);
  const isShown =
    row !== undefined &&
    (id === principal.userId ||
      id === head.ownerId ||
      row.state === 'joined' ||
      mayLead(visiting.principal));
  if (!isShown) throw notFound('The participant');
  return presentParticipant(row, head, principal.userId);
}

/** The participant as a live reader may see it; `undefined` if it may not. */
export async function seenParticipant(
  visiting: Visiting,
  head: ThreadRow,
  userId: string,
): Promise<Participant | undefined> {
  const { core, principal } = visiting;
  if (userId !== principal.userId && !mayListParticipants(visiting.principal)) return undefined;
  const row = await core.records.get(participants, [head.id, userId]);
  return row && presentParticipant(row, head, principal.userId);
}
