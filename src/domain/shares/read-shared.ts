/** Reading by a link, as an anonymous caller reads what is public. */
import type { Item, NewItem } from '../../api/item.ts';
import type { LiveEvent, LiveOptions } from '../../api/live.ts';
import type { Page } from '../../api/page.ts';
import type { SharedEvent, SharedItem, SharedItemOptions, SharedThread } from '../../api/share.ts';
import type { Thread, ThreadMode } from '../../api/thread.ts';
import type { Outcome, WriteOptions } from '../../api/write-options.ts';
import { put } from '../../records/records.ts';
import { shares, type ShareRow, type ThreadRow } from '../../records/tables.ts';
import { callAt } from '../../shared/call-at.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { parseItemId, publicThreadId, type ItemId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { errorPartType } from '../../shared/parts.ts';
import { mustKnowOptions, mustOneOf } from '../../shared/validate.ts';
import { mustUserId } from '../access/authorize.ts';
import { readThreadAt } from '../access/read-thread.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import type { LinkReader } from '../base/member.ts';
import { paginate } from '../base/paginate.ts';
import { rowsTitledMax, titleFromRows } from '../head/refresh-title.ts';
import { headForAll } from '../head/show-thread.ts';
import { listItems } from '../items/list-items.ts';
import { presentItem } from '../items/present-item.ts';
import { readLive } from '../live/read-live.ts';
import { scanLog, throughId, type LogRow } from '../log/item-log.ts';
import { createThread } from '../threads/create-thread.ts';
import { frozenRows } from './frozen-view.ts';
import { mustLink, type OpenLink } from './share-rows.ts';

/** The reading by a link: nothing of the caller goes into it. */
function readingBy(core: Core, { row }: OpenLink): Reading {
  const { projectId, threadId, id: shareId } = row;
  const principal: LinkReader = { projectId, link: { threadId, shareId } };
  return { core, principal };
}

/** See `SharedApi.get`. */
export async function getShared({ core }: Reading, token: string): Promise<SharedThread> {
  const link = await mustLink(core, token);
  await countView(core, link.row);
  return presentShared(await titled(core, link));
}

/**
 * A live link has the title that all readers of the thread see. A frozen one of a thread
 * that was given no title has the one that its items give it.
 */
async function titled(core: Core, link: OpenLink): Promise<OpenLink> {
  const { row, head } = link;
  const { frozenItemId: through, frozenVersion: version } = row;
  if (row.title !== undefined) return link;
  if (through === undefined || version === undefined) {
    return { row, head: await headForAll(core, head) };
  }
  const title = await readThreadAt(readingBy(core, link), head.id, async (head, visiting) => {
    const stretch = { before: throughId(through), limit: rowsTitledMax };
    for (const logRow of await scanLog(core.records, head, stretch)) {
      const [shown] = await frozenRows(visiting, head, version, [logRow]);
      const found = shown && titleFromRows([{ ...shown, visibility: 'visible' }]);
      if (found?.titleSource === 'derived') return found.title;
    }
    return titleFromRows([]).title;
  });
  return { row, head: { ...head, title } };
}

function presentShared({ row, head }: OpenLink): SharedThread {
  const isFrozen = row.frozenItemId !== undefined;
  return {
    title: row.title ?? head.title,
    mode: head.mode as ThreadMode, // rows hold what validation let through
    isFrozen,
    showsAuthors: row.showAuthors,
    createdAt: isoTime(head.createdAt),
    updatedAt: isoTime(isFrozen ? row.createdAt : head.updatedAt),
    ...(row.expiresAt !== undefined && { expiresAt: isoTime(row.expiresAt) }),
  };
}

const countEveryMs = 60_000;

/** Counts within a minute as one write, however many open the link. */
async function countView(core: Core, row: ShareRow): Promise<void> {
  if (row.lastViewedAt !== undefined && core.clock() - row.lastViewedAt < countEveryMs) return;
  const key = [row.threadId, row.id];
  await core.writer.write(row.threadId, async (draft) => {
    const stored = await core.records.get(shares, key);
    if (stored === undefined || stored.lastViewedAt !== row.lastViewedAt) return;
    const views = stored.views + 1;
    draft.put(put(shares, { ...stored, views, lastViewedAt: draft.nowMs }, stored));
  });
}

/** See `SharedApi.items`. */
export async function listShared(
  { core }: Reading,
  token: string,
  options: SharedItemOptions = {},
): Promise<Page<SharedItem>> {
  const link = await mustLink(core, token);
  mustKnowOptions(options, { limit: true, after: true, before: true, order: true });
  const reading = readingBy(core, link);
  const { frozenItemId, frozenVersion } = link.row;
  if (frozenItemId !== undefined && frozenVersion !== undefined) {
    return readThreadAt(reading, link.head.id, (head, visiting) =>
      frozenPage(visiting, head, { link, through: frozenItemId, version: frozenVersion }, options),
    );
  }
  const page = await listItems(reading, publicThreadId(link.head.id), options);
  const { nextCursor, prevCursor } = page;
  const data = page.data.flatMap((item) => presentSharedItem(item, link.row) ?? []);
  return { data, nextCursor, prevCursor };
}

/** A thread that stands still. */
interface Frozen {
  readonly link: OpenLink;
  readonly through: ItemId;
  readonly version: number;
}

function frozenPage(
  visiting: Visiting,
  head: ThreadRow,
  { link, through, version }: Frozen,
  options: SharedItemOptions,
): Promise<Page<SharedItem>> {
  const order = mustOneOf(['asc', 'desc'], options.order ?? 'asc', 'order');
  const end = throughId(through);
  return paginate<LogRow, SharedItem>(
    {
      list: `shared ${link.row.id}`,
      shape: ['string'],
      isDescending: order === 'desc',
      scan: ({ after, before, reverse, limit }) => {
        const last = before === undefined ? end : String(before[0]);
        return scanLog(visiting.core.records, head, {
          ...(after && { after: String(after[0]) }),
          before: last < end ? last : end,
          reverse,
          limit,
        });
      },
      positionOf: ({ row }) => [row.id],
      present: async (rows) => {
        const shown = await frozenRows(visiting, head, version, rows);
        return shown.map((row, i) => {
          // The place is the original's, whatever revision stands in it.
          const item = row && presentItem({ ...row, id: rows[i]!.row.id }, head.id); // a row each
          return item && presentSharedItem(item, link.row);
        });
      },
      parseAnchor: (text) => {
        const id = parseItemId(text);
        return Promise.resolve(id && id <= through ? [id] : undefined);
      },
    },
    options,
  );
}

/** What a redaction has left is nothing to a reader of a link. */
function presentSharedItem(item: Item, { showAuthors }: ShareRow): SharedItem | undefined {
  const { id, role, parentId, authorId, createdAt, redactedAt, reactions } = item;
  if (redactedAt !== undefined) return undefined;
  const parts = item.parts.filter(({ type }) => type !== errorPartType);
  if (parts.length === 0 && item.parts.length > 0) return undefined;
  return {
    id,
    role,
    parts,
    ...(parentId !== undefined && { parentId }),
    ...(showAuthors && authorId !== undefined && { authorId }),
    createdAt,
    ...(reactions && { reactions: reactions.map(({ emoji, count }) => ({ emoji, count })) }),
  };
}

/** See `SharedApi.live`. Ends when the link does. */
export async function* followShared(
  { core }: Reading,
  token: string,
  options: Omit<LiveOptions, 'view'> = {},
): AsyncGenerator<SharedEvent, void, undefined> {
  const link = await mustLink(core, token);
  if (link.row.frozenItemId !== undefined) {
    throw new SkeinError('conflict', 'The link is frozen: nothing in it changes. Read its items.');
  }
  mustKnowOptions(options, { after: true, signal: true });
  const ended = new AbortController();
  const { expiresAt } = link.row;
  const release =
    expiresAt === undefined ? undefined : callAt(core.clock, expiresAt, () => ended.abort());
  const signals = options.signal ? [options.signal, ended.signal] : [ended.signal];
  try {
    const live = { ...options, signal: AbortSignal.any(signals) };
    for await (const event of readLive(readingBy(core, link), publicThreadId(link.head.id), live)) {
      const shared = asShared(event, link);
      if (shared) yield shared;
    }
  } finally {
    release?.();
  }
}

function asShared(event: LiveEvent, { row, head }: OpenLink): SharedEvent | undefined {
  const { cursor } = event;
  switch (event.type) {
    case 'item': {
      const item = presentSharedItem(event.item, row);
      return item && { type: 'item', cursor, item };
    }
    case 'change': {
      const item = event.item && presentSharedItem(event.item, row);
      return { type: 'change', cursor, itemId: event.change.itemId, ...(item && { item }) };
    }
    case 'head': {
      const { title, updatedAt, mode } = event.thread;
      const told = { ...head, title, mode, updatedAt: Date.parse(updatedAt) };
      return { type: 'head', cursor, thread: presentShared({ row, head: told }) };
    }
    case 'reaction': {
      const { itemId, emoji, count } = event.reaction;
      return { type: 'reaction', cursor, reaction: { itemId, emoji, count } };
    }
    case 'participant':
      return undefined;
  }
}

const itemsCopiedMax = 1000;

/** See `SharedApi.fork`: a thread of the caller's own, with what the link shows. */
export async function forkShared(
  reading: Reading,
  token: string,
  options: WriteOptions = {},
): Promise<Outcome<Thread>> {
  const { core, principal } = reading;
  mustUserId(principal);
  const link = await mustLink(core, token);
  if (link.row.projectId !== principal.projectId) {
    throw new SkeinError('forbidden', 'The link is of another project: you may read it only.');
  }
  const { data } = await listShared(reading, token, { order: 'desc', limit: itemsCopiedMax });
  const items = data.toReversed().map(
    ({ role, parts }): NewItem => ({ role, parts }), // who wrote it stays behind
  );
  if (items.length === 0) throw invalid('token', 'shows no item that could be copied');
  const { title } = presentShared(await titled(core, link));
  return createThread(reading, { title, items }, options);
}
