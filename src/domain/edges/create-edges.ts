import { invalid } from '../../shared/error.ts';
import { parseItemId, type ItemId } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import { edges, type EdgeRow } from '../../records/tables.ts';
import { authorize, mustTarget } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { mustFindInDraft } from '../items/append-items.ts';
import { stretchesOf } from '../log/item-log.ts';
import { edgeTypes, type Edge, type NewEdge } from '../../api/edge.ts';
import type { Outcome, WriteOptions } from '../../api/write-options.ts';
import { requestIdOf, requestKey } from '../requests/idempotency.ts';
import { writeOnce } from '../requests/write-once.ts';
import { mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { findEdgeIn, presentEdge, type EdgeEnds } from './stored-edges.ts';

/** Creates edges between items of one thread, all in one commit. See `EdgesApi.create`. */
export async function createEdges(
  reading: Reading,
  threadId: string,
  inputs: readonly NewEdge[],
  options: WriteOptions = {},
): Promise<Outcome<Edge[]>> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  if (!Array.isArray(inputs)) throw invalid('edges', 'must be an array');
  if (inputs.length > core.limits.itemsPerRequestMax) {
    throw invalid('edges', `must have at most ${core.limits.itemsPerRequestMax} edges`);
  }
  const prepared = inputs.map(prepareEdge);
  if (prepared.length === 0) return { data: [], replayed: false };
  const request = requestKey(principal, id, options, () => ({ edges: inputs }));
  const requestId = requestIdOf(options, core.clock());
  const draw = (writing: Writing): Promise<Outcome<Edge[]>> =>
    drawEdges(writing, prepared, requestId);
  return writeOnce(reading, {
    threadId: id,
    request,
    mustBeAllowed: (writing) => authorize(writing, 'append', writing.draft.head),
    write: draw,
    // An edge records itself: a retry is answered from the edges.
    idsOf: () => [],
    recall: draw,
  });
}

function prepareEdge(input: NewEdge, i: number): EdgeEnds {
  const path = `edges.${i}`;
  mustKnownKeys(input, knownKeys, path);
  const fromItemId = mustItemId(input.fromItemId, `${path}.fromItemId`);
  const toItemId = mustItemId(input.toItemId, `${path}.toItemId`);
  if (fromItemId === toItemId) throw invalid(`${path}.toItemId`, 'must differ from fromItemId');
  return { fromItemId, toItemId, type: mustOneOf(edgeTypes, input.type, `${path}.type`) };
}

const knownKeys: ReadonlySet<string> = new Set(['fromItemId', 'toItemId', 'type']);

async function drawEdges(
  writing: Writing,
  prepared: readonly EdgeEnds[],
  requestId: string,
): Promise<Outcome<Edge[]>> {
  const { draft } = writing;
  const threadId = draft.head.id;
  const rows: EdgeRow[] = [];
  let isNew = false;
  for (const [i, ends] of prepared.entries()) {
    await mustHaveEnds(writing, ends, `edges.${i}`);
    const known = await findEdge(writing, ends);
    const row = known ?? { ...ends, threadId, requestId, createdAt: draft.nowMs };
    if (known === undefined) draft.put(put(edges, row, null));
    isNew ||= known === undefined;
    rows.push(row);
  }
  return { data: rows.map((row) => presentEdge(row, threadId)), replayed: !isNew };
}

/** The edge, if the thread already has or inherits it. */
async function findEdge(
  { core, draft }: Drafting,
  { fromItemId, toItemId, type }: EdgeEnds,
): Promise<EdgeRow | undefined> {
  const pending = draft.findPut(edges, [draft.head.id, fromItemId, toItemId, type]);
  return pending ?? findEdgeIn(core, stretchesOf(draft.head), { fromItemId, toItemId, type });
}

async function mustHaveEnds(writing: Writing, ends: EdgeEnds, path: string): Promise<void> {
  for (const field of ['fromItemId', 'toItemId'] as const) {
    await mustFindInDraft(writing, ends[field], `${path}.${field}`);
  }
}

function mustItemId(value: unknown, path: string): ItemId {
  const id = typeof value === 'string' ? parseItemId(value) : undefined;
  if (id === undefined) throw invalid(path, 'must be the id of an item of this thread');
  return id;
}
