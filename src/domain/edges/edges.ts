import type { Stretch } from '../base/hooks.ts';
import { invalid } from '../../shared/error.ts';
import { parseItemId, type ItemId, type ThreadId } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import { edges, type EdgeRow, type ThreadRow } from '../../records/tables.ts';
import { authorize, mayReadLog, mustThreadId } from '../access/authorize.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core, Drafting, Reading, Writing } from '../base/core.ts';
import { findInDraft } from '../log/draft-items.ts';
import { findItem, stretchesOf } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { paginate, type ListSource, type RowRange } from '../base/paginate.ts';
import { type EdgeListOptions, edgeTypes, type Edge, type NewEdge } from '../../api/edge.ts';
import type { Outcome, WriteOptions } from '../../api/write-options.ts';
import type { Page } from '../../api/page.ts';
import { requestIdOf, requestKey } from '../requests/idempotency.ts';
import { writeOnce } from '../requests/write-once.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { mustKnownKeys, mustOneOf } from '../../shared/validate.ts';

/** Creates edges between items of one thread, all in one commit. See `EdgesApi.create`. */
export async function createEdges(
  reading: Reading,
  threadId: string,
  inputs: readonly NewEdge[],
  options: WriteOptions = {},
): Promise<Outcome<Edge[]>> {
  const { core, principal } = reading;
  const id = mustThreadId(threadId);
  if (!Array.isArray(inputs)) throw invalid('edges', 'must be an array');
  if (inputs.length > core.limits.itemsPerRequestMax) {
    throw invalid('edges', `must have at most ${core.limits.itemsPerRequestMax} edges`);
  }
  const prepared = inputs.map(prepareEdge);
  if (prepared.length === 0) return { data: [], replayed: false };
  const request = requestKey(principal, id, options, () => ({ edges: inputs }));
  const requestId = requestIdOf(options, core.clock());
  const draw = (writing: Writing): Promise<Outcome<Edge[]>> =>
    drawEdges(writing, prepared, requestId);
  return writeOnce(reading, {
    threadId: id,
    request,
    mustBeAllowed: (writing) => authorize(writing, 'append', writing.draft.head),
    write: draw,
    // An edge records itself: a retry is answered from the edges.
    idsOf: () => [],
    recall: draw,
  });
}

type EdgeEnds = Pick<EdgeRow, 'fromItemId' | 'toItemId' | 'type'>;

function prepareEdge(input: NewEdge, i: number): EdgeEnds {
  const path = `edges.${i}`;
  mustKnownKeys(input, knownKeys, path);
  const fromItemId = mustItemId(input.fromItemId, `${path}.fromItemId`);
  const toItemId = mustItemId(input.toItemId, `${path}.toItemId`);
  if (fromItemId === toItemId) throw invalid(`${path}.toItemId`, 'must differ from fromItemId');
  return { fromItemId, toItemId, type: mustOneOf(edgeTypes, input.type, `${path}.type`) };
}

const knownKeys: ReadonlySet<string> = new Set(['fromItemId', 'toItemId', 'type']);

async function drawEdges(
  drafting: Drafting,
  prepared: readonly EdgeEnds[],
  requestId: string,
): Promise<Outcome<Edge[]>> {
  const { draft } = drafting;
  const threadId = draft.head.id;
  const rows: EdgeRow[] = [];
  let isNew = false;
  for (const [i, ends] of prepared.entries()) {
    await mustHaveEnds(drafting, ends, `edges.${i}`);
    const known = await findEdge(drafting, ends);
    const row = known ?? { ...ends, threadId, requestId, createdAt: draft.nowMs };
    if (known === undefined) draft.put(put(edges, row, null));
    isNew ||= known === undefined;
    rows.push(row);
  }
  return { data: rows.map((row) => presentEdge(row, threadId)), replayed: !isNew };
}

/** The edge, if the thread already has or inherits it. */
async function findEdge(
  { core, draft }: Drafting,
  { fromItemId, toItemId, type }: EdgeEnds,
): Promise<EdgeRow | undefined> {
  const pending = draft.findPut(edges, [draft.head.id, fromItemId, toItemId, type]);
  return pending ?? findIn(core, stretchesOf(draft.head), { fromItemId, toItemId, type });
}

/** Finds the edge in the stretches that contained both of its ends at the fork. */
async function findIn(
  core: Core,
  stretches: readonly Stretch[],
  { fromItemId, toItemId, type }: EdgeEnds,
): Promise<EdgeRow | undefined> {
  for (const stretch of stretches) {
    if (!isInStretch(stretch, { fromItemId, toItemId })) continue;
    const found = await core.records.get(edges, [stretch.threadId, fromItemId, toItemId, type]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isInStretch(
  { through }: Stretch,
  { fromItemId, toItemId }: Pick<EdgeEnds, 'fromItemId' | 'toItemId'>,
): boolean {
  return through === undefined || (fromItemId <= through && toItemId <= through);
}

/** Whether both ends precede the thread's own part of the log. */
function areEndsInherited({ after }: Stretch, { fromItemId, toItemId }: EdgeRow): boolean {
  return after !== undefined && fromItemId <= after && toItemId <= after;
}

async function mustHaveEnds(drafting: Drafting, ends: EdgeEnds, path: string): Promise<void> {
  for (const field of ['fromItemId', 'toItemId'] as const) {
    if ((await findInDraft(drafting, ends[field])) === undefined) {
      throw invalid(`${path}.${field}`, 'must be the id of an item of this thread');
    }
  }
}

/** An edge with the stretch of the log in which it was found. */
interface PlacedEdge {
  readonly row: EdgeRow;
  readonly at: number;
}

/**
 * One page of a thread's edges, including inherited ones, ordered by the item they come from. See
 * `EdgesApi.list`.
 */
export function listEdges(
  reading: Reading,
  threadId: string,
  options: EdgeListOptions = {},
): Promise<Page<Edge>> {
  return readThread(reading, threadId, (head) => readPage(reading, head, options));
}

async function readPage(
  reading: Reading,
  head: ThreadRow,
  options: EdgeListOptions,
): Promise<Page<Edge>> {
  const { core } = reading;
  const filter = await mustFilter(core, head, options);
  const stretches = stretchesOf(head);
  const source: ListSource<PlacedEdge, Edge> = {
    list: `edges ${head.id} ${JSON.stringify(filter)}`,
    shape: ['number', 'string', 'string', 'string'],
    isDescending: false,
    scan: (range) => scanEdges(core, stretches, filter, range),
    positionOf: ({ row, at }) =>
      filter.toItemId === undefined
        ? [at, row.fromItemId, row.toItemId, row.type]
        : [at, row.toItemId, row.fromItemId, row.type],
    present: (rows) => presentEdges(reading, head, rows),
  };
  return paginate(source, options);
}

interface EdgeFilter {
  readonly fromItemId: ItemId | undefined;
  readonly toItemId: ItemId | undefined;
}

async function mustFilter(
  core: Core,
  head: ThreadRow,
  options: EdgeListOptions,
): Promise<EdgeFilter> {
  const { fromItemId, toItemId } = options;
  if (fromItemId !== undefined && toItemId !== undefined) {
    throw invalid('toItemId', 'cannot be combined with fromItemId');
  }
  const [from, to] = [
    await optionalEnd(core, head, fromItemId, 'fromItemId'),
    await optionalEnd(core, head, toItemId, 'toItemId'),
  ];
  return { fromItemId: from, toItemId: to };
}

async function optionalEnd(
  core: Core,
  head: ThreadRow,
  text: string | undefined,
  path: string,
): Promise<ItemId | undefined> {
  if (text === undefined) return undefined;
  const id = parseItemId(text);
  if (id === undefined || (await findItem(core.records, head, id)) === undefined) {
    throw invalid(path, 'is not an item of this thread');
  }
  return id;
}

/** Walks the stretches in order, backwards if reversed. A position begins with its stretch. */
async function scanEdges(
  core: Core,
  stretches: readonly Stretch[],
  { fromItemId, toItemId }: EdgeFilter,
  range: RowRange,
): Promise<PlacedEdge[]> {
  const found: PlacedEdge[] = [];
  const wanted = fromItemId ?? toItemId;
  const order = [...stretches.keys()];
  if (range.reverse) order.reverse();
  for (const at of order) {
    if (found.length >= range.limit) break;
    const after = boundIn(at, range.after);
    const before = boundIn(at, range.before);
    if (
      (range.after && at < Number(range.after[0])) ||
      (range.before && at > Number(range.before[0]))
    )
      continue;
    const skip = wanted === undefined ? 0 : 1; // the prefix already contains the first value
    const rows = await core.records.scan(edges, {
      prefix: [stretches[at]!.threadId, ...(wanted === undefined ? [] : [wanted])],
      ...(toItemId !== undefined && { index: 'byTo' }),
      ...(after && { after: after.slice(skip) }),
      ...(before && { before: before.slice(skip) }),
      reverse: range.reverse,
      limit: range.limit - found.length,
    });
    for (const row of rows) found.push({ row, at });
  }
  return found;
}

function boundIn(at: number, position: RowRange['after']): RowRange['after'] {
  return position?.[0] === at ? position.slice(1) : undefined;
}

/** Omits edges beyond the fork point, or with items that the caller may not see. */
async function presentEdges(
  reading: Reading,
  head: ThreadRow,
  placed: readonly PlacedEdge[],
): Promise<(Edge | undefined)[]> {
  const { core, principal } = reading;
  const stretches = stretchesOf(head);
  const isMember = mayReadLog(principal, head);
  const result: (Edge | undefined)[] = [];
  for (const { row, at } of placed) {
    const stretch = stretches[at]!;
    const isSeen =
      isInStretch(stretch, row) &&
      ((isMember && !stretch.limited) || (await seesBoth(reading, head, row)));
    // While a source is being deleted, its edges may exist in both places for a moment.
    const isElsewhere =
      areEndsInherited(stretch, row) &&
      (await findIn(core, stretches.slice(0, at), row)) !== undefined;
    result.push(isSeen && !isElsewhere ? presentEdge(row, head.id) : undefined);
  }
  return result;
}

async function seesBoth(reading: Reading, head: ThreadRow, row: EdgeRow): Promise<boolean> {
  for (const id of [row.fromItemId, row.toItemId]) {
    const found = await findItem(reading.core.records, head, id);
    const [shown] = found ? await viewRows(reading, head, 'current', [found]) : [];
    if (shown === undefined) return false;
  }
  return true;
}

function presentEdge(row: EdgeRow, threadId: ThreadId): Edge {
  return {
    threadId,
    fromItemId: row.fromItemId,
    toItemId: row.toItemId,
    type: row.type as Edge['type'], // prepareEdge validated it before it was stored
    requestId: row.requestId,
    createdAt: isoTime(row.createdAt),
  };
}

function mustItemId(value: unknown, path: string): ItemId {
  const id = typeof value === 'string' ? parseItemId(value) : undefined;
  if (id === undefined) throw invalid(path, 'must be the id of an item of this thread');
  return id;
}
