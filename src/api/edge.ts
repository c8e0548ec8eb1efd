import type { Page, PageOptions } from './page.ts';
import type { Outcome, WriteOptions } from './write-options.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';

export const edgeTypes = ['depends_on', 'caused_by'] as const;
export type EdgeType = (typeof edgeTypes)[number];

/** `fromItemId` depends on, or was caused by, `toItemId`, in one thread. */
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
 * The items of one span of one run. A run that names no span at all is one span itself, whose id is
 * the run's: there `spanId` equals `runId`.
 */
export interface GraphNode {
  readonly spanId: string;
  readonly runId: string | null;
  readonly itemIds: readonly ItemId[];
}

/** An item edge, seen between the spans of its two items. */
export interface GraphEdge {
  readonly fromSpanId: string;
  readonly toSpanId: string;
  readonly type: EdgeType;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The thread or run has more items than the graph takes (10,000): the oldest ones are shown. */
  readonly truncated: boolean;
}

export interface EdgeListOptions extends PageOptions {
  readonly fromItemId?: string;
  readonly toItemId?: string;
}

export interface EdgesApi {
  /** An edge that exists already is returned as it is. */
  create(threadId: string, edges: readonly NewEdge[], options?: WriteOptions): Promise<Edge[]>;
  createWithOutcome(
    threadId: string,
    edges: readonly NewEdge[],
    options?: WriteOptions,
  ): Promise<Outcome<Edge[]>>;
  list(threadId: string, options?: EdgeListOptions): Promise<Page<Edge>>;
}

export interface EdgeUpdate {
  readonly edge: NewEdge;
  /** What it becomes. */
  readonly type: EdgeType;
}

export interface OperatorEdgesApi {
  /**
   * Gives edges of a thread another type, all in one commit. Those that are not there are passed
   * over.
   */
  update(threadId: string, updates: readonly EdgeUpdate[]): Promise<void>;
  /** All in one commit. Those that are not there are passed over. */
  delete(threadId: string, edges: readonly NewEdge[]): Promise<void>;
}
