import {
  unseenCountMax,
  type InboxEntry,
  type InboxListOptions,
  type InboxPage,
} from '../../api/inbox.ts';
import { inbox, type InboxRow } from '../../records/tables.ts';
import { mustBoolean, mustKnowOptions } from '../../shared/validate.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { paginate, type ListSource } from '../base/paginate.ts';
import { presentNews, visibleEntries } from './present-news.ts';

/** See `InboxApi.list`. */
export async function listInbox(
  reading: Reading,
  options: InboxListOptions = {},
): Promise<InboxPage> {
  const prefix = [reading.principal.projectId, mustUserId(reading.principal)];
  mustKnowOptions(options, { limit: true, after: true, before: true, unseen: true });
  const { unseen: isUnseen = false, ...page } = options;
  const source = sourceOf(reading, prefix, mustBoolean(isUnseen, 'unseen'));
  const [found, unseen] = await Promise.all([paginate(source, page), countUnseen(reading)]);
  return { ...found, unseen };
}

function sourceOf(
  reading: Reading,
  prefix: readonly string[],
  isUnseen: boolean,
): ListSource<InboxRow, InboxEntry> {
  const { records } = reading.core;
  const present = async (rows: readonly InboxRow[]): Promise<(InboxEntry | undefined)[]> =>
    presentNews(reading, await visibleEntries(reading, rows));
  const list = `inbox ${JSON.stringify([...prefix, isUnseen])}`;
  if (isUnseen) {
    return {
      ...{ list, present, shape: ['number', 'string'], isDescending: true },
      scan: (range) => records.scan(inbox, { index: 'byUnseen', prefix, ...range }),
      positionOf: ({ unseenAt, id }) => [unseenAt ?? 0, id],
    };
  }
  return {
    ...{ list, present, shape: ['string'], isDescending: true },
    scan: (range) => records.scan(inbox, { prefix, ...range }),
    positionOf: ({ id }) => [id],
  };
}

/** Counts the unseen entries that the caller may see, up to a bound, from the newest ones only. */
export async function countUnseen(reading: Reading): Promise<number> {
  const { core, principal } = reading;
  const rows = await core.records.scan(inbox, {
    index: 'byUnseen',
    prefix: [principal.projectId, mustUserId(principal)],
    reverse: true,
    limit: unseenScannedMax,
  });
  let count = 0;
  for (let i = 0; i < rows.length && count < unseenCountMax; i += unseenCountMax) {
    const entries = await visibleEntries(reading, rows.slice(i, i + unseenCountMax));
    count += entries.filter((entry) => entry !== undefined).length;
  }
  return Math.min(count, unseenCountMax);
}

/** More than are counted: some may be hidden from their user by now. */
const unseenScannedMax = 300;
