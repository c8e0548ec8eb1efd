import type { Scalar } from '../../records/records.ts';
import { decodeCursor, encodeCursor, type PositionShape } from './cursor.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import { mustLimit } from '../../shared/validate.ts';

/** A bounded read of rows in position order; both bounds are exclusive. */
export interface RowRange {
  readonly after?: readonly Scalar[];
  readonly before?: readonly Scalar[];
  readonly reverse: boolean;
  readonly limit: number;
}

/** A list that can be read in pages. */
export interface ListSource<R, T> {
  /** Names the list with all its filters, so that no other list accepts its cursors. */
  readonly list: string;
  readonly shape: PositionShape;
  /** Whether the list is in descending order of position. */
  readonly isDescending: boolean;
  scan(range: RowRange): Promise<readonly R[]>;
  positionOf(row: R): readonly Scalar[];
  /** The entry for each row; `undefined` if the list omits it. */
  present(rows: readonly R[]): Promise<readonly (T | undefined)[]>;
  /** Parses an `after` or `before` that is not a cursor, such as an item's id. */
  readonly parseAnchor?: (text: string, path: string) => Promise<readonly Scalar[] | undefined>;
}

/** The most rows read for one page, however few of them the list shows. */
export const rowsScannedMax = 2000;

/**
 * One page of a list. With `after` or without a cursor it runs forward; with `before` alone it is
 * the page that ends there. A page that is short because rows were omitted still has its cursor:
 * only `null` is the end.
 */
export async function paginate<R, T>(
  source: ListSource<R, T>,
  options: PageOptions,
): Promise<Page<T>> {
  const limit = mustLimit(options.limit);
  const after = await anchor(source, options.after, 'after');
  const before = await anchor(source, options.before, 'before');
  const isForward = after !== undefined || before === undefined;
  const found = await collect(source, { after, before, isForward, limit });
  const cursor = (position: readonly Scalar[]): string => encodeCursor(source.list, position);
  // An empty page has no row to name: the way back from it starts at the end of the list.
  const first = cursor(found.first ?? atTheEnd);
  const last = found.last ?? (isForward ? after : before);
  const beyond = found.hasMore && last ? cursor(last) : null;
  const anchored = isForward ? after : before;
  const back = anchored === undefined || anchored === atTheEnd ? null : first;
  return isForward
    ? { data: found.data, nextCursor: beyond, prevCursor: back }
    : { data: found.data.toReversed(), nextCursor: back, prevCursor: beyond };
}

/** The position beyond all rows: as `after` the beginning of the list, as `before` its end. */
const atTheEnd: readonly Scalar[] = [];

interface Walk {
  readonly after: readonly Scalar[] | undefined;
  readonly before: readonly Scalar[] | undefined;
  readonly isForward: boolean;
  readonly limit: number;
}

interface Collected<T> {
  readonly data: readonly T[];
  /** The positions of the first and last row taken, in the direction of the walk. */
  readonly first: readonly Scalar[] | undefined;
  readonly last: readonly Scalar[] | undefined;
  readonly hasMore: boolean;
}

/** Reads on until the page is full, the list ends, or enough rows were looked at. */
async function collect<R, T>(source: ListSource<R, T>, walk: Walk): Promise<Collected<T>> {
  const [from, to] = endsOf(walk);
  const data: T[] = [];
  let first: readonly Scalar[] | undefined;
  let last = from;
  let scanned = 0;
  let isEnd = false;
  while (!isEnd && data.length < walk.limit && scanned < rowsScannedMax) {
    const missing = walk.limit - data.length;
    const limit = Math.min(missing + 1, 1000); // one more row tells whether more follow
    const rows = await source.scan({ ...rangeBetween(source, walk, last, to), limit });
    const presented = await source.present(rows);
    const taken = countUntil(presented, missing);
    for (const value of presented.slice(0, taken)) if (value !== undefined) data.push(value);
    if (taken > 0) {
      first ??= source.positionOf(rows[0]!);
      last = source.positionOf(rows[taken - 1]!);
    }
    scanned += taken;
    isEnd = taken === rows.length && rows.length < limit;
  }
  return { data, first, last, hasMore: !isEnd };
}

/** Where a walk starts and where it has to stop. */
function endsOf({ after, before, isForward }: Walk): (readonly Scalar[] | undefined)[] {
  const bounds = [after, before].map((bound) => (bound === atTheEnd ? undefined : bound));
  return isForward ? bounds : bounds.toReversed();
}

/** The rows of a list from one position of a walk to another. */
function rangeBetween<R, T>(
  { isDescending }: ListSource<R, T>,
  { isForward }: Walk,
  from: readonly Scalar[] | undefined,
  to: readonly Scalar[] | undefined,
): Omit<RowRange, 'limit'> {
  const reverse = isDescending === isForward;
  const [low, high] = reverse ? [to, from] : [from, to];
  return { ...(low && { after: low }), ...(high && { before: high }), reverse };
}

/** How many of these rows are needed until so many of them show something. */
function countUntil(presented: readonly unknown[], shownMax: number): number {
  let shown = 0;
  for (const [i, value] of presented.entries()) {
    if (value !== undefined && ++shown === shownMax) return i + 1;
  }
  return presented.length;
}

async function anchor<R, T>(
  source: ListSource<R, T>,
  text: string | undefined,
  path: string,
): Promise<readonly Scalar[] | undefined> {
  if (text === undefined) return undefined;
  if (text === encodeCursor(source.list, atTheEnd)) return atTheEnd;
  const position = await source.parseAnchor?.(text, path);
  return position ?? decodeCursor(source.list, source.shape, text, path);
}
