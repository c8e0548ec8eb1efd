import type { IssuedShare, NewShare, Share, ThreadSharing } from '../../api/share.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import type { ThreadVisibility, TitleSource } from '../../api/thread.ts';
import { put } from '../../records/records.ts';
import { shares, type ShareRow, type ThreadRow } from '../../records/tables.ts';
import {
  newUuidV7,
  parseItemId,
  publicThreadId,
  type ItemId,
  type ThreadIdText,
} from '../../shared/ids.ts';
import { invalid, notFound } from '../../shared/error.ts';
import { sha256 } from '../../shared/bytes.ts';
import {
  mustBoolean,
  mustInteger,
  mustKnownKeys,
  mustKnowOptions,
  mustShortText,
  mustShortTexts,
} from '../../shared/validate.ts';
import { authorize, mustTarget, mustUserId, mustVisit } from '../access/authorize.ts';
import type { Reading, Writing } from '../base/core.ts';
import { paginate } from '../base/paginate.ts';
import { newSecret } from '../keys/credentials.ts';
import { findInDraft } from '../log/draft-items.ts';
import { presentShare, tokenPrefix } from './share-rows.ts';

/** See `SharesApi.sharing`. Addresses are paths here: a server knows its own origin. */
export async function readSharing(
  reading: Reading,
  threadId: ThreadIdText,
): Promise<ThreadSharing> {
  const { head } = await mustVisit(reading, 'share', threadId);
  const visibility = head.visibility as ThreadVisibility; // rows hold what validation let through
  const canShare = visibility !== 'private';
  const path = `/t/${publicThreadId(head.id)}`;
  const address = head.linkKey === undefined ? path : `${path}?k=${head.linkKey}`;
  return { visibility, canShare, shareUrl: canShare ? address : null };
}

/** See `SharesApi.create`. */
export async function createShare(
  reading: Reading,
  threadId: ThreadIdText,
  input: NewShare = {},
): Promise<IssuedShare> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  const createdBy = mustUserId(principal);
  const { isFrozen, expiresInMs, ...prepared } = prepareShare(input);
  const token = newSecret(tokenPrefix);
  const tokenHash = await sha256(token);
  const row = await core.writer.write(id, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'share');
    const frozenItemId = isFrozen ? await mustFreezeAt(writing, prepared.atItemId) : undefined;
    const row: ShareRow = {
      threadId: draft.head.id,
      id: newUuidV7(draft.nowMs),
      tokenHash,
      projectId: draft.head.projectId,
      createdBy,
      createdAt: draft.nowMs,
      ...(frozenItemId !== undefined && { frozenItemId, frozenVersion: draft.head.version }),
      ...(expiresInMs !== undefined && { expiresAt: draft.nowMs + expiresInMs }),
      // One that is given later would be news, and one that tells what an item says is made of
      // what the link shows, so that a redaction takes its text from there, too.
      title: prepared.title ?? (isFrozen && isGiven(draft.head) ? draft.head.title : undefined),
      showAuthors: prepared.showAuthors,
      views: 0,
    };
    draft.put(put(shares, row, null));
    return row;
  });
  return { share: presentShare(row), token, url: `/s/${token}` };
}

function isGiven({ titleSource }: ThreadRow): boolean {
  return titleSource === ('user' satisfies TitleSource);
}

function prepareShare(input: NewShare): {
  readonly isFrozen: boolean;
  readonly expiresInMs: number | undefined;
  readonly atItemId: ItemId | undefined;
  readonly title: string | undefined;
  readonly showAuthors: boolean;
} {
  mustKnownKeys(input, knownKeys, '');
  const { expiresInSeconds, frozen, atItemId, title, showAuthors = false } = input;
  const seconds =
    expiresInSeconds === undefined
      ? undefined
      : mustInteger(expiresInSeconds, 'expiresInSeconds', 1, secondsMax);
  if (frozen === false && atItemId !== undefined) {
    throw invalid('frozen', 'must not be false with atItemId: a link to an item stands still');
  }
  return {
    isFrozen: mustBoolean(frozen ?? atItemId !== undefined, 'frozen'),
    expiresInMs: seconds === undefined ? undefined : seconds * 1000,
    atItemId: atItemId === undefined ? undefined : mustItemId(atItemId),
    title: title === undefined ? undefined : mustShortText(title, 'title', 200),
    showAuthors: mustBoolean(showAuthors, 'showAuthors'),
  };
}

const secondsMax = 366 * 24 * 60 * 60;

const knownKeys: ReadonlySet<string> = new Set<keyof NewShare>([
  'expiresInSeconds',
  'frozen',
  'atItemId',
  'title',
  'showAuthors',
]);

function mustItemId(value: unknown): ItemId {
  const id = typeof value === 'string' ? parseItemId(value) : undefined;
  if (id === undefined) throw invalid('atItemId', 'must be the id of an item of this thread');
  return id;
}

/** The item at which the thread stands still: the one that is named, or its newest. */
async function mustFreezeAt(writing: Writing, atItemId: ItemId | undefined): Promise<ItemId> {
  const { lastItemId } = writing.draft.head;
  if (atItemId === undefined) {
    if (lastItemId !== undefined) return lastItemId;
    throw invalid('frozen', 'needs an item: the thread has none yet');
  }
  const row = await findInDraft(writing, atItemId);
  if (row === undefined) {
    throw invalid('atItemId', 'must be the id of an item of this thread');
  }
  return row.id;
}

/** See `SharesApi.list`. */
export async function listShares(
  reading: Reading,
  threadId: ThreadIdText,
  options: PageOptions = {},
): Promise<Page<Share>> {
  const { core } = reading;
  const { head } = await mustVisit(reading, 'share', threadId);
  mustKnowOptions(options, { limit: true, after: true, before: true });
  return paginate<ShareRow, Share>(
    {
      list: `shares ${head.id}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => core.records.scan(shares, { prefix: [head.id], ...range }),
      positionOf: ({ id }) => [id],
      present: (rows) => Promise.resolve(rows.map(presentShare)),
    },
    options,
  );
}

/** See `SharesApi.revoke`. The version rises, by which open readers on all servers learn of it. */
export async function revokeShares(
  reading: Reading,
  threadId: ThreadIdText,
  shareIds: readonly string[],
): Promise<void> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  const revoked = mustShortTexts(shareIds, 'shareIds');
  if (revoked.length === 0) return;
  await core.writer.write(id, async (draft) => {
    await authorize({ core, principal, draft }, 'share');
    for (const shareId of revoked) {
      const key = [draft.head.id, shareId];
      const row = draft.findPut(shares, key) ?? (await core.records.get(shares, key));
      if (row === undefined) throw notFound('The link');
      if (row.revokedAt === undefined) {
        draft.put(put(shares, { ...row, revokedAt: draft.nowMs }, row));
      }
    }
    draft.head = { ...draft.head };
  });
}
