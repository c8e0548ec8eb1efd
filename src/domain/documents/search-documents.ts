import { invalid } from '../../shared/error.ts';
import {
  documentPaths,
  documents,
  documentVectors,
  type DocumentPathRow,
  type DocumentRow,
} from '../../records/tables.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mustInteger } from '../../shared/validate.ts';
import type { DocumentSearch, FoundDocument } from '../../api/document.ts';
import { encodeNamespace } from './document-namespace.ts';
import { cosine, decodeVector } from './document-vector.ts';
import { isLive, presentDocument, type DocumentCore } from './document-core.ts';
import { TopList } from './top-list.ts';
import { refreshTtl } from './write-documents.ts';

/** See `DocumentsApi.search`. */
export async function searchDocuments(
  core: DocumentCore,
  projectId: string,
  search: DocumentSearch,
): Promise<FoundDocument[]> {
  const range = {
    limit: mustInteger(search.limit ?? 10, 'limit', 0, limitMax),
    offset: mustInteger(search.offset ?? 0, 'offset', 0, offsetMax),
  };
  const prefix = encodeNamespace(search.prefix, 'prefix');
  mustFilter(search.filter);
  if (range.limit === 0) return [];
  const pages = walkMatches(core, { projectId, prefix, search, range });
  const found =
    search.vector === undefined
      ? await takeInOrder(pages, range)
      : await takeNearest(core, pages, search.vector, range);
  if (search.refreshTtl) {
    await refreshTtl(
      core,
      found.map(({ row }) => row),
    );
  }
  return found.map(({ row, score }) => ({
    ...presentDocument(row),
    ...(score !== undefined && { score }),
  }));
}

const limitMax = 10_000;
const offsetMax = 1_000_000;

interface Range {
  readonly limit: number;
  readonly offset: number;
}

interface Walk {
  readonly projectId: string;
  readonly prefix: string;
  readonly search: DocumentSearch;
  readonly range: Range;
}

interface Found {
  readonly row: DocumentRow;
  readonly score?: number | undefined;
}

type Pages = AsyncGenerator<readonly DocumentRow[], void, undefined>;

async function takeInOrder(pages: Pages, { limit, offset }: Range): Promise<Found[]> {
  const found: Found[] = [];
  let passed = 0;
  for await (const rows of pages) {
    for (const row of rows) {
      if (passed++ < offset) continue;
      found.push({ row });
      if (found.length === limit) return found;
    }
  }
  return found;
}

/**
 * Compares every document under the prefix, so that the result is exact, and keeps only the best.
 */
async function takeNearest(
  core: DocumentCore,
  pages: Pages,
  vector: readonly number[],
  { limit, offset }: Range,
): Promise<Found[]> {
  const nearest = new TopList<Found & { readonly score: number }>(
    offset + limit,
    (a, b) => b.score - a.score,
  );
  const without: Found[] = [];
  for await (const rows of pages) {
    const scores = await scoresOf(core, rows, vector);
    for (const [i, row] of rows.entries()) {
      const score = scores[i];
      if (score !== undefined) nearest.add({ row, score });
      else if (without.length < limit) without.push({ row });
    }
  }
  const found: Found[] = nearest.entries.slice(offset);
  return [...found, ...without.slice(0, limit - found.length)];
}

/** The similarity of each document's nearest vector; `undefined` if it has none. */
async function scoresOf(
  core: DocumentCore,
  rows: readonly DocumentRow[],
  vector: readonly number[],
): Promise<(number | undefined)[]> {
  const keys = rows.flatMap(({ projectId, namespace, key, vectorFields = [] }) =>
    vectorFields.map((field) => [projectId, namespace, key, field]),
  );
  const best = new Map<string, number>();
  for (const stored of await core.records.getExisting(documentVectors, keys)) {
    const name = nameOf(stored);
    const score = cosine(vector, decodeVector(stored.vector));
    best.set(name, Math.max(score, best.get(name) ?? score));
  }
  return rows.map((row) => best.get(nameOf(row)));
}

function nameOf({ namespace, key }: Pick<DocumentRow, 'namespace' | 'key'>): string {
  return JSON.stringify([namespace, key]);
}

/** The matching documents, page by page, in the order of `DocumentsApi.search`. */
async function* walkMatches(core: DocumentCore, walk: Walk): Pages {
  let width = 1;
  for await (const namespaces of walkNamespaces(core, walk.projectId, walk.prefix)) {
    for (let i = 0; i < namespaces.length;) {
      const some = namespaces.slice(i, i + width);
      i += width;
      // Most searches end in the first namespace; one that continues reads several at a time.
      width = Math.min(width * 2, widthMax);
      const firsts = await Promise.all(some.map((path) => readPage(core, walk, path)));
      for (const [at, first] of firsts.entries())
        yield* walkNamespace(core, walk, some[at]!, first);
    }
  }
}

const widthMax = 16;
const pageSize = 100;

async function* walkNamespace(
  core: DocumentCore,
  walk: Walk,
  path: DocumentPathRow,
  first: readonly DocumentRow[],
): Pages {
  for (let rows = first; ;) {
    const nowMs = core.clock();
    yield rows.filter((row) => isLive(row, nowMs) && matchesFilter(row.value, walk.search.filter));
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSizeOf(walk)) return;
    rows = await readPage(core, walk, path, last);
  }
}

function readPage(
  core: DocumentCore,
  walk: Walk,
  { projectId, namespace }: DocumentPathRow,
  last?: DocumentRow,
): Promise<DocumentRow[]> {
  return core.records.scan(documents, {
    index: 'byOrder',
    prefix: [projectId, namespace],
    ...(last && { after: [last.sequence, last.key] }),
    limit: pageSizeOf(walk),
  });
}

/** Without a filter or a vector, reads no more than the result can contain. */
function pageSizeOf({ search, range }: Walk): number {
  const isSelective = search.filter !== undefined || search.vector !== undefined;
  return isSelective ? pageSize : Math.min(pageSize, range.offset + range.limit);
}

async function* walkNamespaces(
  { records }: DocumentCore,
  projectId: string,
  prefix: string,
): AsyncGenerator<readonly DocumentPathRow[], void, undefined> {
  let last: DocumentPathRow | undefined;
  for (;;) {
    const rows = await records.scan(documentPaths, {
      index: 'byOrder',
      prefix: [projectId, prefix],
      ...(last && { after: [last.sequence, last.namespace] }),
      limit: pageSize,
    });
    yield rows;
    last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
  }
}

/** A misspelt operator would match nothing, which looks like an empty store. */
function mustFilter(filter: DocumentSearch['filter']): void {
  for (const [field, wanted] of Object.entries(filter ?? {})) {
    if (typeof wanted !== 'object' || wanted === null) continue;
    const names = Object.keys(wanted);
    if (!names.some((name) => name.startsWith('$'))) continue;
    const unknown = names.find((name) => !comparers.has(name));
    if (unknown === undefined) continue;
    const known = [...comparers.keys()].join(', ');
    throw invalid(`filter.${field}.${unknown}`, `is no operator; the operators are ${known}`);
  }
}

/**
 * Whether a value matches a filter. Compares like LangGraph's own stores: an object that consists
 * only of operators is applied to the field; anything else must be strictly equal.
 */
function matchesFilter(
  value: JsonObject,
  filter: Readonly<Record<string, unknown>> | undefined,
): boolean {
  if (filter === undefined) return true;
  return Object.entries(filter).every(([field, wanted]) =>
    matchesField(Object.hasOwn(value, field) ? value[field] : undefined, wanted),
  );
}

function matchesField(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  const operators = Object.entries(wanted);
  if (!operators.every(([name]) => comparers.has(name))) return found === wanted;
  return operators.every(([name, operand]) => comparers.get(name)!(found, operand));
}

type Comparer = (found: unknown, operand: unknown) => boolean;

const comparers: ReadonlyMap<string, Comparer> = new Map<string, Comparer>([
  ['$eq', (found, operand) => found === operand],
  ['$ne', (found, operand) => found !== operand],
  ['$gt', (found, operand) => Number(found) > Number(operand)],
  ['$gte', (found, operand) => Number(found) >= Number(operand)],
  ['$lt', (found, operand) => Number(found) < Number(operand)],
  ['$lte', (found, operand) => Number(found) <= Number(operand)],
  ['$in', (found, operand) => Array.isArray(operand) && operand.includes(found)],
  ['$nin', (found, operand) => !Array.isArray(operand) || !operand.includes(found)],
]);
