import { mustKnowOptions } from '../../shared/validate.ts';
import type { Stretch } from '../base/hooks.ts';
import { invalid } from '../../shared/error.ts';
import type { ItemId, ThreadIdText } from '../../shared/ids.ts';
import type { Key } from '../../records/records.ts';
import { edges, type EdgeRow, type ThreadRow } from '../../records/tables.ts';
import { mayReadLog } from '../access/authorize.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { findItem, stretchesOf } from '../log/item-log.ts';
import { mustKnowItem } from '../log/kept-from.ts';
import { viewRows } from '../log/item-view.ts';
import { paginate, type ListSource, type RowRange } from '../base/paginate.ts';
import type { Edge, EdgeListOptions } from '../../api/edge.ts';
import type { Page } from '../../api/page.ts';
import { findEdgeIn, isInStretch, presentEdge } from './stored-edges.ts';

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
  threadId: ThreadIdText,
  options: EdgeListOptions = {},
): Promise<Page<Edge>> {
  return readThread(reading, threadId, (head, visiting) => {
    mustKnowOptions(options, edgeOptions);
    return listEdgesOf(visiting, head, options);
  });
}

/** Likewise of a thread that the caller may read. */
export async function listEdgesOf(
  reading: Visiting,
  head: ThreadRow,
  options: EdgeListOptions,
): Promise<Page<Edge>> {
  const { core } = reading;
  const filter = await mustFilter(reading, head, options);
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
  reading: Visiting,
  head: ThreadRow,
  options: EdgeListOptions,
): Promise<EdgeFilter> {
  const { fromItemId, toItemId } = options;
  if (fromItemId !== undefined && toItemId !== undefined) {
    throw invalid('toItemId', 'cannot be combined with fromItemId');
  }
  const [from, to] = [
    await optionalEnd(reading, head, fromItemId, 'fromItemId'),
    await optionalEnd(reading, head, toItemId, 'toItemId'),
  ];
  return { fromItemId: from, toItemId: to };
}

async function optionalEnd(
  reading: Visiting,
  head: ThreadRow,
  text: string | undefined,
  path: string,
): Promise<ItemId | undefined> {
  if (text === undefined) return undefined;
  const { row } = await mustKnowItem(reading, head, text, path);
  return row.id;
}

/** Walks the stretches in order, backwards if reversed. A position begins with its stretch. */
async function scanEdges(
  core: Core,
  stretches: readonly Stretch[],
  { fromItemId, toItemId }: EdgeFilter,
  range: RowRange,
): Promise<PlacedEdge[]> {
  const wanted = fromItemId ?? toItemId;
  const pinned = wanted === undefined ? [] : [wanted];
  const found: PlacedEdge[] = [];
  for (const at of stretchesInRange(stretches.length, range)) {
    if (found.length >= range.limit) break;
    const after = boundIn(at, range.after, pinned.length);
    const before = boundIn(at, range.before, pinned.length);
    const rows = await core.records.scan(edges, {
      prefix: [stretches[at]!.threadId, ...pinned],
      ...(toItemId !== undefined && { index: 'byTo' }),
      ...(after && { after }),
      ...(before && { before }),
      reverse: range.reverse,
      limit: range.limit - found.length,
    });
    for (const row of rows) found.push({ row, at });
  }
  return found;
}

/** The stretches that a range touches, in the order in which it is read. */
function stretchesInRange(count: number, { after, before, reverse }: RowRange): number[] {
  const touched = [...Array(count).keys()].filter((at) => {
    const isTooEarly = after !== undefined && at < Number(after[0]);
    const isTooLate = before !== undefined && at > Number(before[0]);
    return !isTooEarly && !isTooLate;
  });
  return reverse ? touched.toReversed() : touched;
}

/** What bounds a stretch: the rest of a position in it, without the columns of the prefix. */
function boundIn(at: number, position: Key | undefined, pinned: number): Key | undefined {
  return position?.[0] === at ? position.slice(1 + pinned) : undefined;
}

/** Omits edges beyond the fork point, or with items that the caller may not see. */
async function presentEdges(
  reading: Visiting,
  head: ThreadRow,
  placed: readonly PlacedEdge[],
): Promise<(Edge | undefined)[]> {
  const stretches = stretchesOf(head);
  const shown: (Edge | undefined)[] = [];
  for (const edge of placed) {
    const isShown =
      (await isSeen(reading, head, stretches[edge.at]!, edge.row)) &&
      !(await isElsewhere(reading.core, stretches, edge));
    shown.push(isShown ? presentEdge(edge.row, head.id) : undefined);
  }
  return shown;
}

async function isSeen(
  reading: Visiting,
  head: ThreadRow,
  stretch: Stretch,
  row: EdgeRow,
): Promise<boolean> {
  if (!isInStretch(stretch, row)) return false;
  if (mayReadLog(reading.principal) && !stretch.limited) return true;
  return seesBoth(reading, head, row);
}

/** While a source is being deleted, its edges may exist in both places for a moment. */
async function isElsewhere(
  core: Core,
  stretches: readonly Stretch[],
  { row, at }: PlacedEdge,
): Promise<boolean> {
  if (!areEndsInherited(stretches[at]!, row)) return false;
  return (await findEdgeIn(core, stretches.slice(0, at), row)) !== undefined;
}

/** Whether both ends precede the thread's own part of the log. */
function areEndsInherited({ after }: Stretch, { fromItemId, toItemId }: EdgeRow): boolean {
  return after !== undefined && fromItemId <= after && toItemId <= after;
}

async function seesBoth(reading: Visiting, head: ThreadRow, row: EdgeRow): Promise<boolean> {
  for (const id of [row.fromItemId, row.toItemId]) {
    const found = await findItem(reading.core.records, head, id);
    const [shown] = found ? await viewRows(reading, head, 'current', [found]) : [];
    if (shown === undefined) return false;
  }
  return true;
}

const edgeOptions = {
  limit: true,
  after: true,
  before: true,
  fromItemId: true,
  toItemId: true,
} as const;
