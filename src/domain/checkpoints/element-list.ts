/**
 * The encoding of a list's elements, in list order:
 *
 *   list  := "" | entry ("," entry)*
 *   entry := id                 one element
 *          | id "-" id          consecutive ids, both included
 *          | "@" id             a page: an element whose text is itself a list
 *
 * Ids are whole numbers from 1, in decimal. A list that only grows is one range, however long it
 * is.
 */

/** Consecutive ids, both included. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** A range, or the id of a page. */
export type ListEntry = IdRange | { readonly page: number };

export function toRanges(ids: readonly number[]): IdRange[] {
  const ranges: { first: number; last: number }[] = [];
  let current: { first: number; last: number } | undefined;
  for (const id of ids) {
    if (current !== undefined && id === current.last + 1) current.last = id;
    else ranges.push((current = { first: id, last: id }));
  }
  return ranges;
}

export function toIds(ranges: readonly IdRange[]): number[] {
  const ids: number[] = [];
  for (const { first, last } of ranges) for (let id = first; id <= last; id++) ids.push(id);
  return ids;
}

export function formatEntry(entry: ListEntry): string {
  if ('page' in entry) return `@${entry.page}`;
  const { first, last } = entry;
  return first === last ? String(first) : `${first}-${last}`;
}

export function parseEntries(list: string): ListEntry[] {
  return list === '' ? [] : list.split(',').map(parseEntry);
}

function parseEntry(text: string): ListEntry {
  if (text.startsWith('@')) return { page: Number(text.slice(1)) };
  const dash = text.indexOf('-');
  const first = Number(dash < 0 ? text : text.slice(0, dash));
  return { first, last: dash < 0 ? first : Number(text.slice(dash + 1)) };
}

/** Lists with at most this many entries have no pages. */
const entriesInlineMax = 96;
const pageEntriesMin = 4;
const pageEntriesMax = 64;

/**
 * Splits a list into pages until it is short. The content decides where a page ends, not its
 * position in the list, so that an insertion or removal changes only nearby pages, and similar
 * lists share the others. The last entry, which may still grow, is never in a page.
 */
export async function formatList(
  ranges: readonly IdRange[],
  storePages: (lists: readonly string[]) => Promise<readonly number[]>,
): Promise<string> {
  let entries = ranges.map(formatEntry);
  while (entries.length > entriesInlineMax) {
    const { pages, tail } = cutIntoPages(entries);
    const ids = await storePages(pages.map((page) => page.join(',')));
    entries = [...ids.map((page) => formatEntry({ page })), ...tail];
  }
  return entries.join(',');
}

function cutIntoPages(entries: readonly string[]): { pages: string[][]; tail: string[] } {
  const pages: string[][] = [];
  let open: string[] = [];
  for (let i = 0; i < entries.length - 1; i++) {
    open.push(entries[i]!);
    const isEnd = open.length >= pageEntriesMin && isBoundary(entries[i]!);
    if (!isEnd && open.length < pageEntriesMax) continue;
    pages.push(open);
    open = [];
  }
  return { pages, tail: [...open, entries.at(-1)!] };
}

/** True for one in sixteen entries: FNV-1a, which spreads short texts well. */
function isBoundary(entry: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < entry.length; i++) hash = Math.imul(hash ^ entry.charCodeAt(i), 0x01000193);
  return ((hash >>> 16) & 15) === 0;
}

/** How many more times each id occurs in one list than in the other. */
interface ListDifference {
  readonly added: ReadonlyMap<number, number>;
  readonly removed: ReadonlyMap<number, number>;
}

/** What turns `before` into `after`, regardless of order. A common beginning costs nothing. */
export function diffLists(before: readonly IdRange[], after: readonly IdRange[]): ListDifference {
  let same = 0;
  while (same < before.length && same < after.length && isSameRange(before[same]!, after[same]!))
    same++;
  const rest = [before.slice(same), after.slice(same)] as const;
  const shared = sharedStart(rest[0][0], rest[1][0]);
  const counts = new Map<number, number>();
  for (const id of toIds(rest[1]).slice(shared)) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const id of toIds(rest[0]).slice(shared)) counts.set(id, (counts.get(id) ?? 0) - 1);
  const changed = [...counts];
  return {
    added: new Map(changed.filter(([, count]) => count > 0)),
    removed: new Map(
      changed.flatMap(([id, count]): [number, number][] => (count < 0 ? [[id, -count]] : [])),
    ),
  };
}

/**
 * How often each of some ids occurs in a list. The cost grows with the number of ranges in the
 * list, and slightly with each id found.
 */
export function countIds(ranges: readonly IdRange[], ids: Iterable<number>): Map<number, number> {
  const sorted = [...ids].toSorted((a, b) => a - b);
  const counts = new Map<number, number>();
  for (const { first, last } of ranges) {
    for (let i = firstFrom(sorted, first); i < sorted.length && sorted[i]! <= last; i++) {
      counts.set(sorted[i]!, (counts.get(sorted[i]!) ?? 0) + 1);
    }
  }
  return counts;
}

/** The index of the first of ascending ids that is not below `id`. */
function firstFrom(sorted: readonly number[], id: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSameRange(a: IdRange, b: IdRange): boolean {
  return a.first === b.first && a.last === b.last;
}

/** How many ids two ranges share from their beginning, if one of them has grown. */
function sharedStart(a: IdRange | undefined, b: IdRange | undefined): number {
  if (a === undefined || b === undefined || a.first !== b.first) return 0;
  return Math.min(a.last, b.last) - a.first + 1;
}
