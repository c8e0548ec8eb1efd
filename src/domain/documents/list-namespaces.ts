import { documentPaths } from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import { mustInteger } from '../../shared/validate.ts';
import type { NamespaceCondition, NamespaceListing } from '../../api/document.ts';
import { decodeNamespace, encodeNamespace } from './document-namespace.ts';
import type { DocumentCore } from './document-core.ts';
import { TopList } from './top-list.ts';
import { isListed } from './write-documents.ts';

/** See `DocumentsApi.listNamespaces`. Holds at most `offset + limit` namespaces in memory. */
export async function listNamespaces(
  core: DocumentCore,
  projectId: string,
  listing: NamespaceListing = {},
): Promise<string[][]> {
  const limit = mustInteger(listing.limit ?? 100, 'limit', 0, 10_000);
  const offset = mustInteger(listing.offset ?? 0, 'offset', 0, 1_000_000);
  const depth =
    listing.maxDepth === undefined
      ? undefined
      : mustInteger(listing.maxDepth, 'maxDepth', 1, Number.MAX_SAFE_INTEGER);
  const conditions = listing.conditions ?? [];
  const first = new TopList<Entry>(offset + limit, compareEntries);
  for await (const namespace of listedUnder(core, projectId, fixedPrefixOf(conditions))) {
    const labels = decodeNamespace(namespace);
    if (!conditions.every((condition) => holds(condition, labels))) continue;
    const cut = labels.slice(0, depth);
    const entry = { labels: cut, text: cut.join(':'), exact: encodeNamespace(cut) };
    if (!first.has(entry)) first.add(entry);
  }
  return first.entries.slice(offset).map(({ labels }) => labels);
}

/**
 * If commits are not atomic across partitions, a crash may leave a namespace in only some of its
 * lists.
 */
async function* listedUnder(
  core: DocumentCore,
  projectId: string,
  prefix: string,
): AsyncGenerator<string, void, undefined> {
  const { records } = core;
  for await (const { namespace } of records.scanAll(documentPaths, [projectId, prefix])) {
    const isCertain = records.isAtomicAcrossPartitions || prefix === namespace;
    if (isCertain || (await isListed(core, { projectId, namespace }))) yield namespace;
  }
}

interface Entry {
  readonly labels: string[];
  /** The sort key of LangGraph's own stores. */
  readonly text: string;
  readonly exact: string;
}

const { compare } = new Intl.Collator();

function compareEntries(a: Entry, b: Entry): number {
  return compare(a.text, b.text) || compareUtf8(a.exact, b.exact);
}

/**
 * The labels before the first wildcard of the longest requested prefix: only namespaces under these
 * can match.
 */
function fixedPrefixOf(conditions: readonly NamespaceCondition[]): string {
  let longest: readonly string[] = [];
  for (const { matchType, path } of conditions) {
    if (matchType !== 'prefix') continue;
    const wildcard = path.indexOf('*');
    const fixed = wildcard < 0 ? path : path.slice(0, wildcard);
    if (fixed.length > longest.length) longest = fixed;
  }
  return encodeNamespace(longest, 'prefix');
}

function holds({ matchType, path }: NamespaceCondition, labels: readonly string[]): boolean {
  const start = matchType === 'prefix' ? 0 : labels.length - path.length;
  if (path.length > labels.length) return false;
  return path.every((wanted, i) => wanted === '*' || wanted === labels[start + i]);
}
