import { invalid } from '../../shared/error.ts';
import { parseItemId, type ItemId, type ThreadIdText } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import { edges, type EdgeRow } from '../../records/tables.ts';
import { authorize, mustTarget } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { mustFindInDraft } from '../items/append-items.ts';
import { stretchesOf } from '../log/item-log.ts';
import { edgeTypes, type Edge, type NewEdge } from '../../api/edge.ts';
import type { Outcome, ThreadWriteOptions, VersionOptions } from '../../api/write-options.ts';
import { requestIdOf, requestKey } from '../requests/idempotency.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { writeOnce } from '../requests/write-once.ts';
import { mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { findEdgeIn, presentEdge, type EdgeEnds } from './stored-edges.ts';

/** Creates edges between items of one thread, all in one commit. See `EdgesApi.create`. */
export async function createEdges(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewEdge[],
  { ifVersion, ...options }: ThreadWriteOptions = {},
): Promise<Outcome<Edge[]>> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  if (!Array.isArray(inputs)) throw invalid('edges', 'must be an array');
  if (inputs.length > core.limits.itemsPerRequestMax) {
    throw invalid('edges', `must have at most ${core.limits.itemsPerRequestMax} edges`);
  }
  const prepared = inputs.map(prepareEdge);
  if (prepared.length === 0) return { data: [], replayed: false };
  const request = requestKey(principal, options, () => ({ edges: inputs }));
  const requestId = requestIdOf(options, core.clock());
  const draw = (
    writing: Writing,
    ifVersion?: VersionOptions['ifVersion'],
  ): Promise<Outcome<Edge[]>> => drawEdges(writing, prepared, { requestId, ifVersion });
  return writeOnce(reading, {
    thread,
    request,
    mustBeAllowed: (requesting) => authorize(requesting, 'append'),
    write: (writing) => draw(writing, ifVersion),
    // An edge records itself: a retry is answered from the edges.
    idsOf: () => [],
    recall: (writing) => draw(writing),
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

interface Drawing {
  readonly requestId: string;
  /** Counts only if there are new edges. */
  readonly ifVersion: VersionOptions['ifVersion'];
}

async function drawEdges(
  writing: Writing,
  prepared: readonly EdgeEnds[],
  { requestId, ifVersion }: Drawing,
): Promise<Outcome<Edge[]>> {
  const { draft } = writing;
  const threadId = draft.head.id;
  const rows: EdgeRow[] = [];
  let isNew = false;
  for (const [i, ends] of prepared.entries()) {
    await mustHaveEnds(writing, ends, `edges.${i}`);
    const known = await findEdge(writing, ends);
    const row = known ?? { ...ends, threadId, requestId, createdAt: draft.nowMs };
    rows.push(row);
    if (known) continue;
    mustMatchVersion(draft.head, ifVersion);
    draft.put(put(edges, row, null));
    isNew = true;
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
