import type { Page, PageOptions } from './page.ts';
import type { Outcome, ThreadWriteOptions } from './write-options.ts';
import type { RunStatus, Usage } from './run.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';

export const edgeTypes = ['depends_on', 'caused_by'] as const;
export type EdgeType = (typeof edgeTypes)[number];

/** `fromItemId` depends on, or was caused by, `toItemId`. Both are in one thread. */
export interface Edge {
  readonly threadId: ThreadId;
  readonly fromItemId: ItemId;
  readonly toItemId: ItemId;
  readonly type: EdgeType;
  readonly requestId: string;
  readonly createdAt: string;
}

export interface NewEdge {
  readonly fromItemId: string;
  readonly toItemId: string;
  readonly type: EdgeType;
}

/**
 * The items of one span of a run. A run without spans is a single node whose `spanId` is the run's
 * id.
 */
export interface GraphNode {
  /** Unique in the graph: the `spanId`, with the run's id if an earlier node has that name. */
  readonly id: string;
  /** For a run without spans, its model or agent if the caller may know it. Else the `spanId`. */
  readonly label: string;
  /** The run's. Without a run that the caller may know of: `completed`. */
  readonly status: RunStatus;
  /** For a run without spans, its own times. Else those of the span's first and last item. */
  readonly startedAt: string;
  /** `null` as long as the run goes on. */
  readonly endedAt: string | null;
  /** For a run without spans, once it is known. */
  readonly usage: Usage | null;
  /** The node of the item that the first item of this one replies to. */
  readonly parentId: string | null;
  readonly spanId: string;
  readonly runId: string | null;
  readonly itemIds: readonly ItemId[];
}

/** An edge between two items, lifted to their spans. */
export interface GraphEdge {
  /** The `id` of a node. */
  readonly from: string;
  readonly to: string;
  readonly fromSpanId: string;
  readonly toSpanId: string;
  readonly type: EdgeType;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /**
   * The thread or run has more than the 10,000 items that the graph covers; it shows the oldest.
   */
  readonly truncated: boolean;
}

export interface EdgeListOptions extends PageOptions {
  readonly fromItemId?: string;
  readonly toItemId?: string;
}

export interface EdgesApi {
  /**
   * Creates edges between items of one thread, in one commit. Returns an edge that already exists
   * unchanged. Throws `invalid_request` if an item is not in the thread, and `precondition_failed`
   * if `ifVersion` is stale. Edges do not change the thread's version, so several calls with the
   * same one succeed.
   *
   * @example
   * await project.edges.create(thread.id, [
   *   { fromItemId: summary.id, toItemId: source.id, type: 'depends_on' },
   * ]);
   */
  create(
    threadId: string,
    edges: readonly NewEdge[],
    options?: ThreadWriteOptions,
  ): Promise<Edge[]>;
  createWithOutcome(
    threadId: string,
    edges: readonly NewEdge[],
    options?: ThreadWriteOptions,
  ): Promise<Outcome<Edge[]>>;
  /** Ordered by `fromItemId`, including inherited edges. */
  list(threadId: string, options?: EdgeListOptions): Promise<Page<Edge>>;
}

export interface EdgeUpdate {
  readonly edge: NewEdge;
  /** The new type. */
  readonly type: EdgeType;
}

export interface OperatorEdgesApi {
  /**
   * Changes the type of edges of a thread, all in one commit. Edges that do not exist are skipped.
   * The thread is named by its stored id: `id`, or `project/id`.
   */
  update(threadId: string, updates: readonly EdgeUpdate[]): Promise<void>;
  /** All in one commit. Edges that do not exist are skipped. The thread is named as above. */
  delete(threadId: string, edges: readonly NewEdge[]): Promise<void>;
}
