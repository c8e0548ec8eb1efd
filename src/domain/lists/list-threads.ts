import { tags, threads, type ThreadRow } from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { invalid } from '../../shared/error.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Reading } from '../base/core.ts';
import { paginate, type ListSource, type RowRange } from '../base/paginate.ts';
import { type ThreadListOptions, threadOrders, threadVisibilities } from '../../api/thread.ts';
import type { ThreadEntry } from '../../api/reading-state.ts';
import type { Page } from '../../api/page.ts';
import { mustBoolean, mustOneOf, mustShortText, mustKnowOptions } from '../../shared/validate.ts';
import { mustScope } from '../threads/prepare-thread.ts';
import { headsById } from '../head/show-thread.ts';
import { participatingHeads } from './participating-heads.ts';
import { presentEntries, type EntryFilter } from './thread-entries.ts';

/** One page of a list of threads. See `ThreadsApi.list`. */
export async function listThreads(
  reading: Reading,
  options: ThreadListOptions = {},
): Promise<Page<ThreadEntry>> {
  const { principal } = reading;
  mustKnowOptions(options, threadOptions);
  const selection = mustSelection(principal, options);
  const { tag } = selection;
  if (selection.participating) return paginate(participatingSource(reading, selection), options);
  // Rows of tags do not tell when their threads were created.
  return tag === undefined || isByCreation(selection)
    ? paginate(headSource(reading, selection), options)
    : paginate(tagSource(reading, selection, tag), options);
}

type ThreadList = 'byOwner' | 'byScope' | 'byPublic';

/** The list to scan, and further conditions on its threads. */
interface Selection extends EntryFilter {
  readonly index: ThreadList | `${ThreadList}Created`;
  readonly prefix: readonly (string | boolean)[];
}

/**
 * The narrowest list that contains everything requested: a scope's, the public one, or the caller's
 * own.
 */
function mustSelection(principal: Principal, options: ThreadListOptions): Selection {
  const { projectId } = principal;
  const archived = mustBoolean(options.archived ?? false, 'archived');
  const participating = mustBoolean(options.participating ?? false, 'participating');
  const unread = options.unread === undefined ? undefined : mustBoolean(options.unread, 'unread');
  const scope = mustScope(options.scopeType, options.scopeId);
  const tag = options.tag === undefined ? undefined : mustShortText(options.tag, 'tag', 64);
  const visibility =
    options.visibility === undefined
      ? undefined
      : mustOneOf(threadVisibilities, options.visibility, 'visibility');
  const filters = { ...scope, tag, visibility, archived, participating, unread };
  const order = mustOneOf(threadOrders, options.order ?? 'updated', 'order');
  const ordered = (list: ThreadList) => (order === 'created' ? (`${list}Created` as const) : list);
  if (participating && order === 'created') {
    throw invalid('order', 'must be updated for the threads that you take part in');
  }
  if (participating) {
    const prefix = [projectId, mustUserId(principal), archived];
    return { ...filters, index: 'byOwner', prefix };
  }
  if (scope.scopeType !== undefined && tag === undefined) {
    // `mustScope` returns both or neither.
    const prefix = [projectId, scope.scopeType, scope.scopeId!, archived];
    return { ...filters, index: ordered('byScope'), prefix };
  }
  if (visibility === 'public' && tag === undefined) {
    return { ...filters, index: ordered('byPublic'), prefix: [projectId, true, archived] };
  }
  const prefix = [projectId, mustUserId(principal), archived];
  return { ...filters, index: ordered('byOwner'), prefix };
}

function isByCreation({ index }: Selection): boolean {
  return index.endsWith('Created');
}

function headSource(reading: Reading, selection: Selection): ListSource<ThreadRow, ThreadEntry> {
  const { core, principal } = reading;
  const { index, prefix } = selection;
  return {
    list: `threads ${listName(principal, selection)}`,
    shape: ['number', 'string'],
    isDescending: true,
    scan: (range) => core.records.scan(threads, { index, prefix, ...range }),
    positionOf: isByCreation(selection)
      ? ({ createdAt, id }) => [createdAt, id]
      : ({ listedAt, id }) => [listedAt ?? 0, id],
    present: (heads) => presentEntries(reading, selection, heads),
  };
}

/** Every thread that the caller owns or takes part in. */
function participatingSource(
  reading: Reading,
  selection: Selection,
): ListSource<ThreadRow, ThreadEntry> {
  const scan = participatingHeads(reading, selection.archived);
  return {
    list: `threads ${listName(reading.principal, selection)}`,
    shape: ['number', 'string'],
    isDescending: true,
    scan,
    positionOf: ({ listedAt, id }) => [listedAt ?? 0, id],
    present: (heads) => presentEntries(reading, selection, heads),
  };
}

/**
 * The caller's own threads with a tag. Tag rows lie under their threads, so the heads are read
 * separately.
 */
function tagSource(
  reading: Reading,
  selection: Selection,
  tag: string,
): ListSource<{ threadId: StoredThreadId; listedAt: number }, ThreadEntry> {
  const { core, principal } = reading;
  const prefix = [principal.projectId, mustUserId(principal), tag, selection.archived];
  return {
    list: `threads ${listName(principal, selection)}`,
    shape: ['number', 'string'],
    isDescending: true,
    scan: (range: RowRange) => core.records.scan(tags, { index: 'byTag', prefix, ...range }),
    positionOf: ({ listedAt, threadId }) => [listedAt, threadId],
    present: async (rows) => {
      const ids = rows.map(({ threadId }) => threadId);
      const heads = await headsById(core, ids);
      return presentEntries(
        reading,
        selection,
        ids.map((id) => heads.get(id)),
      );
    },
  };
}

/** What was added to it later is left out where it is not asked for: older cursors stay good. */
function listName(principal: Principal, selection: Selection): string {
  const { participating, unread, ...before } = selection;
  const added = {
    ...(participating && { participating }),
    ...(unread !== undefined && { unread }),
  };
  return JSON.stringify([principal.projectId, principal.userId, { ...before, ...added }]);
}

const threadOptions = {
  limit: true,
  after: true,
  before: true,
  scopeType: true,
  scopeId: true,
  tag: true,
  visibility: true,
  archived: true,
  participating: true,
  unread: true,
  order: true,
} as const;
