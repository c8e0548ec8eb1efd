import { tags, threads, type ThreadRow } from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { mayRead, mustUserId, takesPart, visit } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Member } from '../base/member.ts';
import type { Core, Reading } from '../base/core.ts';
import { paginate, type ListSource, type RowRange } from '../base/paginate.ts';
import {
  type ThreadListOptions,
  threadOrders,
  threadVisibilities,
  type Thread,
} from '../../api/thread.ts';
import type { Page } from '../../api/page.ts';
import { mustBoolean, mustOneOf, mustShortText, mustKnowOptions } from '../../shared/validate.ts';
import { mustScope } from './prepare-thread.ts';
import { showThread } from '../head/show-thread.ts';

/** One page of a list of threads. See `ThreadsApi.list`. */
export async function listThreads(
  reading: Reading,
  options: ThreadListOptions = {},
): Promise<Page<Thread>> {
  const { principal } = reading;
  mustKnowOptions(options, threadOptions);
  const selection = mustSelection(principal, options);
  const { tag } = selection;
  // Rows of tags do not tell when their threads were created.
  return tag === undefined || isByCreation(selection)
    ? paginate(headSource(reading, selection), options)
    : paginate(tagSource(reading, selection, tag), options);
}

type ThreadList = 'byOwner' | 'byScope' | 'byPublic';

/** The list to scan, and further conditions on its threads. */
interface Selection {
  readonly index: ThreadList | `${ThreadList}Created`;
  readonly prefix: readonly (string | boolean)[];
  readonly scopeType?: string;
  readonly scopeId?: string;
  readonly tag: string | undefined;
  readonly visibility: string | undefined;
  readonly archived: boolean;
}

/**
 * The narrowest list that contains everything requested: a scope's, the public one, or the caller's
 * own.
 */
function mustSelection(principal: Principal, options: ThreadListOptions): Selection {
  const { projectId } = principal;
  const archived = mustBoolean(options.archived ?? false, 'archived');
  mustBoolean(options.participating ?? true, 'participating');
  const scope = mustScope(options.scopeType, options.scopeId);
  const tag = options.tag === undefined ? undefined : mustShortText(options.tag, 'tag', 64);
  const visibility =
    options.visibility === undefined
      ? undefined
      : mustOneOf(threadVisibilities, options.visibility, 'visibility');
  const filters = { ...scope, tag, visibility, archived };
  const order = mustOneOf(threadOrders, options.order ?? 'updated', 'order');
  const ordered = (list: ThreadList) => (order === 'created' ? (`${list}Created` as const) : list);
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

function headSource(reading: Reading, selection: Selection): ListSource<ThreadRow, Thread> {
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
    present: (heads) => Promise.all(heads.map((head) => presentListed(reading, selection, head))),
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
): ListSource<{ threadId: StoredThreadId; listedAt: number }, Thread> {
  const { core, principal } = reading;
  const prefix = [principal.projectId, mustUserId(principal), tag, selection.archived];
  return {
    list: `threads ${listName(principal, selection)}`,
    shape: ['number', 'string'],
    isDescending: true,
    scan: (range: RowRange) => core.records.scan(tags, { index: 'byTag', prefix, ...range }),
    positionOf: ({ listedAt, threadId }) => [listedAt, threadId],
    present: async (rows) => {
      const heads = await headsById(
        core,
        rows.map(({ threadId }) => threadId),
      );
      const presented = rows.map(async ({ threadId }) => {
        const head = heads.get(threadId);
        return head && presentListed(reading, selection, head);
      });
      return Promise.all(presented);
    },
  };
}

function listName(principal: Principal, selection: Selection): string {
  return JSON.stringify([principal.projectId, principal.userId, selection]);
}

async function presentListed(
  reading: Reading,
  { scopeType, scopeId, tag, visibility, archived }: Selection,
  head: ThreadRow,
): Promise<Thread | undefined> {
  const isAskedFor =
    (scopeType === undefined || (head.scopeType === scopeType && head.scopeId === scopeId)) &&
    (tag === undefined || head.tags.includes(tag)) &&
    (visibility === undefined || head.visibility === visibility) &&
    head.archived === archived;
  if (!isAskedFor || head.deletedAt !== undefined) return undefined;
  const { principal } = await visit(reading, head);
  return mayList(principal) ? showThread(reading, head) : undefined;
}

/** Unlisted threads are listed only for those who take part in them. */
export function mayList(member: Member): boolean {
  const { subject } = member.standing;
  return mayRead(member) && (subject.visibility === 'public' || takesPart(member));
}

export async function headsById(
  core: Core,
  ids: readonly StoredThreadId[],
): Promise<ReadonlyMap<string, ThreadRow>> {
  const heads = await core.records.getExisting(
    threads,
    ids.map((id) => [id]),
  );
  return new Map(heads.map((head) => [head.id, head]));
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
  order: true,
} as const;
