import { invalid, notFound } from '../../shared/error.ts';
import { parseItemId, type ThreadIdText } from '../../shared/ids.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { mayReadLog } from '../access/authorize.ts';
import { isConfidential } from '../access/may-derive.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { encodeLiveCursor } from '../log/live-cursor.ts';
import { encodeCursor } from '../base/cursor.ts';
import type { Page } from '../../api/page.ts';
import { mustTime } from '../../shared/iso-time.ts';
import { paginate, type ListSource, type RowRange } from '../base/paginate.ts';
import type { ItemListOptions, ItemPage, Item } from '../../api/item.ts';
import { mustLimit, mustOneOf, mustShortText, mustKnowOptions } from '../../shared/validate.ts';
import { amendRows } from '../log/amend-rows.ts';
import { decideMark } from '../log/decide-marks.ts';
import { findItem, scanLog, throughId, type LogRow } from '../log/item-log.ts';
import { viewRows, type ShownRow, type View } from '../log/item-view.ts';
import { mustKnowItem } from '../log/kept-from.ts';
import { showItem, showRows } from './present-item.ts';

const views = ['current', 'log', 'context'] as const;

/** One page of a thread's items. See `ItemsApi.list`. */
export function listItems(
  reading: Reading,
  threadId: ThreadIdText,
  options: ItemListOptions = {},
): Promise<ItemPage> {
  return readThread(reading, threadId, (head, visiting) => readPage(visiting, head, options));
}

async function readPage(
  reading: Visiting,
  head: ThreadRow,
  options: ItemListOptions,
): Promise<ItemPage> {
  const { core } = reading;
  mustKnowOptions(options, itemOptions);
  const view = mustView(reading, options.view);
  const order = mustOneOf(['asc', 'desc'], options.order ?? 'asc', 'order');
  const index = indexOf(options);
  const wanted = mustPrivate(options.private);
  if (options.parentId !== undefined)
    await mustKnowItem(reading, head, options.parentId, 'parentId');
  const source: ListSource<LogRow, Item> = {
    list: `items ${head.id} ${view} ${index ? `${index.name} ${index.value}` : ''}${
      wanted === undefined ? '' : ` private=${wanted}`
    }`,
    shape: ['string'],
    isDescending: order === 'desc',
    scan: (range) =>
      scanLog(core.records, head, { ...logRange(head, range), ...(index && { index }) }),
    positionOf: ({ row }) => [row.id],
    present: async (rows) => {
      const seen = await viewRows(reading, head, view, rows);
      const shown = wanted === undefined ? seen : await filtered(core, head, seen, wanted);
      return showRows(reading, head, shown);
    },
    parseAnchor: itemAnchors(core, head, view),
  };
  const middle = await middleOf(source, options);
  const page = await (middle ? readAround(source, options, middle) : paginate(source, options));
  return { ...page, cursor: encodeLiveCursor(head, reading.core.incarnation) };
}

/** Where the middle of the page is, if one is asked for: what ends there, and what begins there. */
async function middleOf(
  source: ListSource<LogRow, Item>,
  { around, at, after, before }: ItemListOptions,
): Promise<{ readonly end: string; readonly begin: string } | undefined> {
  const given = [around, at, after, before].filter((value) => value !== undefined);
  if (around === undefined && at === undefined) return undefined;
  const path = around === undefined ? 'at' : 'around';
  if (given.length > 1) throw invalid(path, 'cannot be combined with another place in the list');
  if (around === undefined) {
    const begin = firstIdAt(mustTime(at, 'at'));
    return { end: begin, begin };
  }
  const found = await source.parseAnchor?.(around, 'around');
  if (found === undefined) throw invalid('around', 'is not an item of this thread');
  const begin = String(found[0]);
  return { end: throughId(begin), begin };
}

/** Comes before every id of this time and later: ids begin with their milliseconds. */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-`;
}

/** One page of what stands on both sides, with the cursors to both. */
async function readAround(
  source: ListSource<LogRow, Item>,
  { limit: given, order }: ItemListOptions,
  { end, begin }: { readonly end: string; readonly begin: string },
): Promise<Page<Item>> {
  const limit = mustLimit(given);
  const rising = { ...source, isDescending: false };
  const cursorAt = (id: string): string => encodeCursor(source.list, [id]);
  const older = await paginate(rising, { before: cursorAt(end), limit: Math.ceil(limit / 2) });
  const rest = limit - older.data.length;
  const newer =
    rest === 0
      ? { data: [], nextCursor: cursorAt(end) }
      : await paginate(rising, { after: cursorAt(begin), limit: rest });
  const data = [...older.data, ...newer.data];
  const [back, on] = [older.prevCursor, newer.nextCursor];
  return order === 'desc'
    ? { data: data.toReversed(), nextCursor: back, prevCursor: on }
    : { data, nextCursor: on, prevCursor: back };
}

function mustPrivate(value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid('private', 'must be true or false');
}

/**
 * The rows that are confidential, or the others. An answer of an older version does not say what
 * it saw, so that has to be decided even for an owner.
 */
async function filtered(
  core: Core,
  head: ThreadRow,
  rows: readonly (ShownRow | undefined)[],
  wanted: boolean,
): Promise<(ShownRow | undefined)[]> {
  const decided: (ShownRow | undefined)[] = [];
  for (const row of rows) {
    const mark = row && (await decideMark(core, head, row.shown));
    decided.push(mark && isConfidential(mark) === wanted ? row : undefined);
  }
  return decided;
}

/** An item that the caller may see. See `ItemsApi.get`. */
export function getItem(reading: Reading, threadId: ThreadIdText, itemId: string): Promise<Item> {
  return readThread(reading, threadId, (head, visiting) => readItem(visiting, head, itemId));
}

async function readItem(reading: Visiting, head: ThreadRow, itemId: string): Promise<Item> {
  const { core, principal } = reading;
  const id = parseItemId(itemId);
  const logRow = id && (await findItem(core.records, head, id));
  if (logRow === undefined) throw notFound('The item');
  const view = mayReadLog(principal) ? 'log' : 'current';
  const [shown] = await viewRows(reading, head, view, [logRow]);
  if (shown === undefined) throw notFound('The item');
  return showItem(reading, head, await withAnnotations(core, head, shown.shown));
}

/** A revision that is asked for by its id has what people have attached to its original. */
async function withAnnotations(core: Core, head: ThreadRow, row: ItemRow): Promise<ItemRow> {
  const { originalId, annotations } = row;
  if (originalId === undefined || annotations !== undefined) return row;
  const found = await findItem(core.records, head, originalId);
  const [original] = await amendRows(core.records, head, found ? [found] : []);
  return { ...row, annotations: original?.row.annotations };
}

/** The history and the model's view are for members; other callers get the current view. */
export function mustView({ principal }: Visiting, view: unknown): View {
  const chosen = view === undefined ? 'current' : mustOneOf(views, view, 'view');
  if (chosen === 'current' || mayReadLog(principal)) return chosen;
  throw invalid('view', 'must be current: the other views are for members of the thread');
}

function indexOf(options: ItemListOptions): { name: string; value: string } | undefined {
  const chosen = (['runId', 'spanId', 'parentId', 'key'] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (chosen.length > 1) throw invalid(chosen[1]!, `cannot be combined with ${chosen[0]}`);
  const [name] = chosen;
  if (name === undefined) return undefined;
  return { name: indexNames[name], value: mustShortText(options[name], name) };
}

const indexNames = {
  runId: 'byRun',
  spanId: 'bySpan',
  parentId: 'byParent',
  key: 'byKey',
} as const;

/** A page never shows more than the head that its cursor comes from. */
export function logRange(head: ThreadRow, range: RowRange): Parameters<typeof scanLog>[2] {
  const end = throughId(head.lastItemId ?? '');
  const before = range.before === undefined ? end : String(range.before[0]);
  return {
    ...(range.after && { after: String(range.after[0]) }),
    before: before < end ? before : end,
    reverse: range.reverse,
    limit: range.limit,
  };
}

/** Lets a page begin at an item: in a view, at the place where the item is shown. */
export function itemAnchors(
  core: Core,
  head: ThreadRow,
  view: View,
): NonNullable<ListSource<LogRow, Item>['parseAnchor']> {
  return async (text, path) => {
    const id = parseItemId(text);
    if (id === undefined) return undefined;
    const found = await findItem(core.records, head, id);
    if (found === undefined) throw invalid(path, 'is not an item of this thread');
    const { originalId } = found.row;
    return [view === 'log' || originalId === undefined ? id : originalId];
  };
}

const itemOptions = {
  limit: true,
  after: true,
  before: true,
  order: true,
  view: true,
  runId: true,
  spanId: true,
  parentId: true,
  key: true,
  private: true,
  around: true,
  at: true,
} as const;
