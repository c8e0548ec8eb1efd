import type { ThreadIdText } from '../../shared/ids.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading, Visiting } from '../base/core.ts';
import { findItem, scanLog, type LogRow } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { mustShortText } from '../../shared/validate.ts';
import type { Graph, GraphEdge, GraphNode } from '../../api/edge.ts';
import { describeSpans, type Span } from './describe-spans.ts';
import { listEdgesOf } from './list-edges.ts';

/** The most items in a graph; with more it is marked as truncated. */
const graphItemsMax = 10_000;
const graphEdgesMax = 50_000;

/**
 * The spans of a thread, or of one of its runs, and the edges between them. See `ThreadsApi.graph`.
 */
export function readGraph(
  reading: Reading,
  threadId: ThreadIdText,
  options: { readonly runId?: string } = {},
): Promise<Graph> {
  return readThread(reading, threadId, async (head, visiting) => {
    const runId = options.runId === undefined ? undefined : mustShortText(options.runId, 'runId');
    const { spans, isWhole } = await readSpans(visiting, head, runId);
    const nodes = await describeSpans(visiting, head, spans);
    const { edges, isAll } = await readEdges(visiting, head, nodes);
    return { nodes, edges, truncated: !isWhole || !isAll };
  });
}

async function readSpans(
  reading: Visiting,
  head: ThreadRow,
  runId: string | undefined,
): Promise<{ readonly spans: readonly Span[]; readonly isWhole: boolean }> {
  const { core } = reading;
  const spans = new SpanList();
  let after: string | undefined;
  for (let count = 0; count < graphItemsMax;) {
    const rows = await scanLog(core.records, head, {
      ...(runId !== undefined && { index: { name: 'byRun', value: runId } }),
      ...(after !== undefined && { after }),
      limit: 1000,
    });
    for (const item of await itemsOf(reading, head, rows)) spans.add(item);
    count += rows.length;
    after = rows.at(-1)?.row.id;
    if (rows.length < 1000) return { spans: spans.drawn(), isWhole: true };
  }
  return { spans: spans.drawn(), isWhole: false };
}

/** Groups items by span. A run without spans is one itself: its root span, with the run's id. */
class SpanList {
  readonly #spans = new Map<string, Span & { isNamed: boolean }>();
  readonly #runsWithSpans = new Set<string | null>();

  add(item: ItemRow): void {
    const { spanId, runId = null } = item;
    const name = spanId ?? runId;
    if (name === null) return;
    if (name !== runId) this.#runsWithSpans.add(runId);
    const key = JSON.stringify([runId, name]);
    const span = this.#spans.get(key) ?? startOf(name, runId, item);
    span.itemIds.push(item.id);
    span.lastAt = item.createdAt;
    if (spanId !== undefined) span.isNamed = true;
    this.#spans.set(key, span);
  }

  drawn(): readonly Span[] {
    return [...this.#spans.values()].filter(({ runId, isNamed }) => {
      return isNamed || !this.#runsWithSpans.has(runId);
    });
  }
}

/** `isNamed`: whether an item names this span. */
function startOf(
  spanId: string,
  runId: string | null,
  { createdAt, parentId }: ItemRow,
): Span & { isNamed: boolean } {
  const times = { firstAt: createdAt, lastAt: createdAt };
  return { spanId, runId, itemIds: [], ...times, repliesTo: parentId, isNamed: false };
}

/** The visible items among these rows: in their own place, or in that of another run's item. */
async function itemsOf(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<ItemRow[]> {
  const seen = await viewRows(reading, head, 'current', rows);
  const found: ItemRow[] = [];
  for (const [i, { row }] of rows.entries()) {
    const original = seen[i]?.original;
    if (original) found.push(original);
    else if (await standsForAnother(reading, head, row)) found.push(row);
  }
  return found;
}

/**
 * Whether the item is shown in place of another run's item, as the answer of a retried run. A view
 * knows only the place, which belongs to the other run, so this run would be empty. A run that
 * revises its own answer keeps its place. Only spans have places.
 */
async function standsForAnother(
  reading: Visiting,
  head: ThreadRow,
  { id, originalId, runId, spanId }: ItemRow,
): Promise<boolean> {
  if (originalId === undefined || runId === undefined || spanId !== undefined) return false;
  const original = await findItem(reading.core.records, head, originalId);
  if (original === undefined || original.row.runId === runId) return false;
  const [seen] = await viewRows(reading, head, 'current', [original]);
  return seen?.shown.id === id;
}

/** The thread's edges between two items of the graph, each pair of spans and type once. */
async function readEdges(
  reading: Visiting,
  head: ThreadRow,
  nodes: readonly GraphNode[],
): Promise<{ edges: readonly GraphEdge[]; isAll: boolean }> {
  const nodeOf = new Map(nodes.flatMap((node) => node.itemIds.map((id) => [id, node])));
  const found = new Map<string, GraphEdge>();
  let after: string | undefined;
  for (let count = 0; count < graphEdgesMax && nodes.length > 0;) {
    const page = await listEdgesOf(reading, head, {
      limit: 1000,
      ...(after && { after }),
    });
    for (const { fromItemId, toItemId, type } of page.data) {
      const [from, to] = [nodeOf.get(fromItemId), nodeOf.get(toItemId)];
      if (from === undefined || to === undefined || from === to) continue;
      found.set(JSON.stringify([from.id, to.id, type]), {
        from: from.id,
        to: to.id,
        fromSpanId: from.spanId,
        toSpanId: to.spanId,
        type,
      });
    }
    count += 1000;
    if (page.nextCursor === null) return { edges: [...found.values()], isAll: true };
    after = page.nextCursor;
  }
  return { edges: [...found.values()], isAll: nodes.length === 0 };
}
