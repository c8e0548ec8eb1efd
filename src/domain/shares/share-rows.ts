import type { Share } from '../../api/share.ts';
import { shares, type ShareRow, type ThreadRow } from '../../records/tables.ts';
import { notFound, type SkeinError } from '../../shared/error.ts';
import { publicThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { sha256Soon } from '../../shared/bytes.ts';
import { isLinkOpen } from '../access/member.ts';
import type { Core } from '../base/core.ts';

/** A link that opens its thread, and the head of the thread. */
export interface OpenLink {
  readonly row: ShareRow;
  readonly head: ThreadRow;
}

/** One error for everything that is no good link, so that a guess learns nothing. */
export async function mustLink(core: Core, token: unknown): Promise<OpenLink> {
  if (typeof token !== 'string' || !tokenPattern.test(token)) throw noLink();
  const prefix = [await sha256Soon(token)];
  const [row] = await core.records.scan(shares, { index: 'byToken', prefix, limit: 1 });
  const head = row && (await core.writer.head(row.threadId));
  if (row === undefined || head === undefined || head.deletedAt !== undefined) throw noLink();
  if (!isLinkOpen(row, core.clock())) throw noLink();
  return { row, head };
}

/** 256 random bits behind a prefix by which people and scanners of secrets know it. */
const tokenPattern = /^sl_[A-Za-z0-9_-]{43}$/;
export const tokenPrefix = 'sl_';

function noLink(): SkeinError {
  return notFound('The link');
}

export function presentShare(row: ShareRow): Share {
  return {
    id: row.id,
    threadId: publicThreadId(row.threadId),
    createdBy: row.createdBy,
    createdAt: isoTime(row.createdAt),
    ...(row.frozenItemId !== undefined && { frozenItemId: row.frozenItemId }),
    ...(row.expiresAt !== undefined && { expiresAt: isoTime(row.expiresAt) }),
    ...(row.revokedAt !== undefined && { revokedAt: isoTime(row.revokedAt) }),
    ...(row.title !== undefined && { title: row.title }),
    showAuthors: row.showAuthors,
    views: row.views,
    ...(row.lastViewedAt !== undefined && { lastViewedAt: isoTime(row.lastViewedAt) }),
  };
}
