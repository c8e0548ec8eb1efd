import type { ItemId } from '../../shared/ids.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { Principal } from '../access/principal.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core } from '../core.ts';
import { scanLog } from '../items/item-log.ts';
import { viewRows } from '../items/item-view.ts';
import { mustShortText } from '../validate.ts';
import type { Graph, GraphEdge, GraphNode } from './edge.ts';
import { listEdges } from './edges.ts';

/** Items that a graph takes at most; past them it says that it is truncated. */
const graphItemsMax = 10_000;
const graphEdgesMax = 50_000;

/** The spans of a thread, or of one of its runs, and the edges between them. See `ThreadsApi.graph`. */
export function readGraph(
  core: Core,
  principal: Principal,
  threadId: string,
  options: { readonly runId?: string } = {},
): Promise<Graph> {
  return readThread(core, principal, threadId, async (head) => {
    const runId = options.runId === undefined ? undefined : mustShortText(options.runId, 'runId');
    const { nodes, spanOf, isWhole } = await readNodes(core, principal, head, runId);
    const { edges, isAll } = await readEdges(core, principal, head, spanOf);
    return { nodes, edges, truncated: !isWhole || !isAll };
  });
}

interface Nodes {
  readonly nodes: readonly GraphNode[];
  readonly spanOf: ReadonlyMap<string, string>;
  readonly isWhole: boolean;
}

async function readNodes(
  core: Core,
  principal: Principal,
  head: ThreadRow,
  runId: string | undefined,
): Promise<Nodes> {
  const spans = new Map<string, { spanId: string; runId: string | null; itemIds: ItemId[] }>();
  const spanOf = new Map<string, string>();
  let after: string | undefined;
  for (let count = 0; count < graphItemsMax;) {
    const rows = await scanLog(core.records, head, {
      ...(runId !== undefined && { index: { name: 'byRun', value: runId } }),
      ...(after !== undefined && { after }),
      limit: 1000,
    });
    for (const seen of await viewRows(core.records, principal, head, 'current', rows)) {
      const { spanId, runId: itsRunId = null, id } = seen?.place ?? {};
      if (spanId === undefined || id === undefined) continue;
      const name = JSON.stringify([itsRunId, spanId]);
      const node = spans.get(name) ?? { spanId, runId: itsRunId, itemIds: [] };
      node.itemIds.push(id);
      spans.set(name, node);
      spanOf.set(id, spanId);
    }
    count += rows.length;
    after = rows.at(-1)?.row.id;
    if (rows.length < 1000) return { nodes: [...spans.values()], spanOf, isWhole: true };
  }
  return { nodes: [...spans.values()], spanOf, isWhole: false };
}

/** The thread's edges whose two items both lie in the graph, each pair of spans and type once. */
async function readEdges(
  core: Core,
  principal: Principal,
  head: ThreadRow,
  spanOf: ReadonlyMap<string, string>,
): Promise<{ edges: readonly GraphEdge[]; isAll: boolean }> {
  const found = new Map<string, GraphEdge>();
  let after: string | undefined;
  for (let count = 0; count < graphEdgesMax && spanOf.size > 0;) {
    const page = await listEdges(core, principal, head.id, {
      limit: 1000,
      ...(after && { after }),
    });
    for (const { fromItemId, toItemId, type } of page.data) {
      const [fromSpanId, toSpanId] = [spanOf.get(fromItemId), spanOf.get(toItemId)];
      if (fromSpanId === undefined || toSpanId === undefined || fromSpanId === toSpanId) continue;
      found.set(JSON.stringify([fromSpanId, toSpanId, type]), { fromSpanId, toSpanId, type });
    }
    count += 1000;
    if (page.nextCursor === null) return { edges: [...found.values()], isAll: true };
    after = page.nextCursor;
  }
  return { edges: [...found.values()], isAll: spanOf.size === 0 };
}
