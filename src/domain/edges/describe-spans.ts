import type { GraphNode } from '../../api/edge.ts';
import type { Run } from '../../api/run.ts';
import { runs, type ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type { Visiting } from '../base/core.ts';
import { presentKnownRuns } from '../runs/list-runs.ts';

/** The items of a run with one name, or those of a run without names: its root span. */
export interface Span {
  readonly spanId: string;
  readonly runId: string | null;
  readonly itemIds: ItemId[];
  /** When the first of these items was stored, and the last. */
  readonly firstAt: number;
  lastAt: number;
  /** What the first item replies to. */
  readonly repliesTo: ItemId | undefined;
}

/**
 * The nodes of a graph. They tell of a run what its reader may know: nothing if it answers what is
 * private, no model in a blind comparison. A fork inherits items and not runs, so its nodes tell
 * nothing of them.
 */
export async function describeSpans(
  reading: Visiting,
  head: ThreadRow,
  spans: readonly Span[],
): Promise<readonly GraphNode[]> {
  const known = await runsOf(reading, head, spans);
  const ids = idsOf(spans);
  const nodeOf = new Map(spans.flatMap(({ itemIds }, i) => itemIds.map((id) => [id, ids[i]!])));
  return spans.map((span, i) => {
    const { spanId, runId, itemIds, repliesTo } = span;
    const parentId = repliesTo === undefined ? undefined : nodeOf.get(repliesTo);
    return {
      id: ids[i]!, // an id for each span
      ...describe(span, runId === null ? undefined : known.get(runId)),
      parentId: parentId === undefined || parentId === ids[i] ? null : parentId,
      spanId,
      runId,
      itemIds,
    };
  });
}

async function runsOf(
  reading: Visiting,
  head: ThreadRow,
  spans: readonly Span[],
): Promise<ReadonlyMap<string, Run>> {
  const ids = new Set(spans.flatMap(({ runId }) => (runId === null ? [] : [runId])));
  const keys = [...ids].map((id) => [head.id, id]);
  const rows = await reading.core.records.getExisting(runs, keys);
  const shown = rows.length === 0 ? [] : await presentKnownRuns(reading, head, rows);
  return new Map(shown.flatMap((run) => (run === undefined ? [] : [[run.id, run]])));
}

type Description = Pick<GraphNode, 'label' | 'status' | 'startedAt' | 'endedAt' | 'usage'>;

function describe({ spanId, runId, firstAt, lastAt }: Span, run: Run | undefined): Description {
  const status = run?.status ?? 'completed';
  const isOver = status === 'completed' || status === 'failed' || status === 'cancelled';
  if (run === undefined || spanId !== runId) {
    const endedAt = isOver ? isoTime(lastAt) : null;
    return { label: spanId, status, startedAt: isoTime(firstAt), endedAt, usage: null };
  }
  const { model, agent, createdAt, startedAt = createdAt, endedAt = null, usage = null } = run;
  return { label: model ?? agent ?? spanId, status, startedAt, endedAt, usage };
}

/**
 * Spans of several runs may have one name. The first keeps it, so that what is added to a thread
 * changes no id.
 */
function idsOf(spans: readonly Span[]): readonly string[] {
  const taken = new Set<string>();
  return spans.map(({ spanId, runId }) => {
    let id = spanId;
    for (let suffix = 1; taken.has(id); suffix++) {
      id = `${spanId}@${runId ?? ''}${suffix === 1 ? '' : `.${suffix}`}`;
    }
    taken.add(id);
    return id;
  });
}
