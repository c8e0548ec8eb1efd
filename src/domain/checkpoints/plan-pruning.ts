import type { Key, Records } from '../../records/records.ts';
import {
  checkpointCopies,
  type checkpointElements,
  checkpoints,
  checkpointWrites,
  type CheckpointLogRow,
  type CheckpointRow,
} from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import { findCheckpoint } from './checkpoint-rows.ts';
import type { CheckpointPruneOptions, CheckpointTraits } from '../../api/checkpoint.ts';
import { toEntry } from './read-checkpoints.ts';

/** A row that is to be deleted. */
export interface Doomed {
  readonly kind: 'checkpoints' | 'writes' | 'elements';
  readonly table: typeof checkpoints | typeof checkpointWrites | typeof checkpointElements;
  readonly key: Key;
  readonly bytes: number;
}

/** What is kept of a checkpoint until the decision. */
interface Candidate {
  readonly namespace: string;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly channels: readonly string[];
  readonly traits: CheckpointTraits;
  /** Its rows, the newest last. */
  readonly rows: { readonly version: number; readonly bytes: number }[];
}

/** The checkpoints of a thread to delete, with the writes on top of them. */
export async function planCheckpoints(
  records: Records,
  log: CheckpointLogRow,
  options: CheckpointPruneOptions,
): Promise<Doomed[]> {
  const namespaces = await readCandidates(records, log, options);
  const candidates = [...namespaces.values()].flatMap((byId) => [...byId.values()]);
  const isPinned = await pinnedRows(records, log);
  const kept = chooseKept(namespaces, options);
  for (const candidate of candidates) {
    const isShared = candidate.rows.some(isPinned) || (await isInherited(records, log, candidate));
    if (isShared) kept.add(candidate);
  }
  addParents(namespaces, kept);
  addAncestors(namespaces, kept);
  const doomed: Doomed[] = [];
  for (const candidate of candidates) {
    const isKept = kept.has(candidate);
    const superseded = isKept ? candidate.rows.slice(0, -1) : candidate.rows;
    for (const row of superseded) if (!isPinned(row)) doomed.push(doomedRow(log, candidate, row));
    for (const write of await doomedWrites(records, log, candidate, isKept)) {
      if (!isPinned(write)) doomed.push(write.doomed);
    }
  }
  return doomed;
}

function doomedRow(
  { threadId }: CheckpointLogRow,
  { namespace, id }: Candidate,
  { version, bytes }: Candidate['rows'][number],
): Doomed {
  const key = [threadId, namespace, id, version];
  return { kind: 'checkpoints', table: checkpoints, key, bytes };
}

/** Whether a row stays because copies share it, or because it is one that the thread was left. */
async function pinnedRows(
  records: Records,
  log: CheckpointLogRow,
): Promise<(row: { readonly version: number }) => boolean> {
  const sharedThrough = await sharedThroughOf(records, log);
  return ({ version }) => version <= sharedThrough || (log.lineage !== undefined && version === 0);
}

/** By namespace and id, in ascending order of id. */
type Candidates = ReadonlyMap<string, ReadonlyMap<string, Candidate>>;

async function readCandidates(
  records: Records,
  log: CheckpointLogRow,
  { traitsOf }: CheckpointPruneOptions,
): Promise<Candidates> {
  const namespaces = new Map<string, Map<string, Candidate>>();
  for await (const row of records.scanAll(checkpoints, [log.threadId])) {
    let byId = namespaces.get(row.namespace);
    if (byId === undefined) namespaces.set(row.namespace, (byId = new Map()));
    const rows = byId.get(row.id)?.rows ?? [];
    rows.push({ version: row.version, bytes: bytesOf(row) });
    // The newest row of a checkpoint comes last and wins.
    const traits = (await traitsOf?.(toEntry(row))) ?? {};
    byId.set(row.id, toCandidate(row, traits, rows));
  }
  return namespaces;
}

function toCandidate(
  { namespace, id, parentId, values }: CheckpointRow,
  traits: CheckpointTraits,
  rows: Candidate['rows'],
): Candidate {
  return { namespace, id, parentId, channels: Object.keys(values), traits, rows };
}

export function bytesOf(row: object): number {
  return JSON.stringify(row).length;
}

/** The version up to which copies share the thread's rows. */
async function sharedThroughOf(records: Records, { threadId }: CheckpointLogRow): Promise<number> {
  let through = -1;
  for await (const { version } of records.scanAll(checkpointCopies, [threadId])) {
    through = Math.max(through, version);
  }
  return through;
}

/** Whether the thread also shares it: without its own row, the shared one would reappear. */
async function isInherited(
  records: Records,
  log: CheckpointLogRow,
  { namespace, id }: Candidate,
): Promise<boolean> {
  for (const { threadId, version } of log.lineage ?? []) {
    const shared = { ...log, threadId, lineage: undefined };
    const row = await findCheckpoint(records, shared, { namespace, id });
    if (row !== undefined && row.version <= version) return true;
  }
  return false;
}

/**
 * The checkpoints to keep: those that the options ask for, the newest of each namespace, and the
 * end of every branch.
 */
function chooseKept(namespaces: Candidates, options: CheckpointPruneOptions): Set<Candidate> {
  const root = [...(namespaces.get('')?.values() ?? [])];
  const kept = new Set(chooseOf(root, options));
  const keptRootIds = new Set([...kept].map(({ id }) => id));
  const newestRootId = root.at(-1)?.id;
  for (const [namespace, byId] of namespaces) {
    if (namespace === '') continue;
    const useful = [...byId.values()].filter(({ traits: { rootId } }) => {
      if (rootId === undefined || newestRootId === undefined || keptRootIds.has(rootId))
        return true;
      return compareUtf8(rootId, newestRootId) > 0; // its root checkpoint does not exist yet
    });
    for (const candidate of chooseOf(useful, options)) kept.add(candidate);
  }
  return kept;
}

function chooseOf(
  candidates: readonly Candidate[],
  { keepLast = 1, madeSinceMs }: CheckpointPruneOptions,
): Candidate[] {
  const newest = candidates.length - keepLast;
  const parentIds = parentIdsOf(candidates);
  return candidates.filter(({ id, traits: { madeAtMs } }, i) => {
    // A branch may be continued at its end, and pending interrupts wait there.
    if (i >= newest || !parentIds.has(id)) return true;
    return madeSinceMs !== undefined && (madeAtMs === undefined || madeAtMs >= madeSinceMs);
  });
}

/** The checkpoints that others follow. One without a parent follows the one before it. */
function parentIdsOf(candidates: readonly Candidate[]): Set<string> {
  const parentIds = new Set<string>();
  for (const [i, { id, parentId = candidates[i - 1]?.id }] of candidates.entries()) {
    // A checkpoint may name itself as its parent.
    if (parentId !== undefined && parentId !== id) parentIds.add(parentId);
  }
  return parentIds;
}

/** Keeps the parents whose writes belong to kept checkpoints, for their writes only. */
function addParents(namespaces: Candidates, kept: Set<Candidate>): void {
  for (const { namespace, parentId, traits } of [...kept]) {
    if (traits.needsParent !== true || parentId === undefined) continue;
    const parent = namespaces.get(namespace)?.get(parentId);
    if (parent !== undefined) kept.add(parent);
  }
}

/** Keeps the checkpoints from which the values of kept ones are computed, and so on. */
function addAncestors(namespaces: Candidates, kept: Set<Candidate>): void {
  // The loop also visits what is added while it runs.
  for (const candidate of kept) {
    const byId = namespaces.get(candidate.namespace);
    for (const channel of candidate.traits.deltaChannels ?? []) {
      for (const ancestor of ancestorsUpTo(channel, candidate, byId)) {
        // Its own visit adds the rest of the way.
        if (kept.has(ancestor) && ancestor.traits.deltaChannels?.includes(channel)) break;
        kept.add(ancestor);
      }
    }
  }
}

/** The parents of a checkpoint up to the one that holds a value of the channel. */
function* ancestorsUpTo(
  channel: string,
  candidate: Candidate,
  byId: ReadonlyMap<string, Candidate> | undefined,
): Generator<Candidate> {
  let at = candidate;
  while (!at.channels.includes(channel) && at.parentId !== undefined) {
    const parent = byId?.get(at.parentId);
    // The rest is shared with another thread, or gone. A checkpoint may name itself as its parent.
    if (parent === undefined || parent === at) return;
    yield parent;
    at = parent;
  }
}

interface DoomedWrite {
  readonly version: number;
  readonly doomed: Doomed;
}

/** Superseded writes on kept checkpoints. */
async function doomedWrites(
  records: Records,
  { threadId }: CheckpointLogRow,
  { namespace, id }: Candidate,
  isKept: boolean,
): Promise<DoomedWrite[]> {
  const found: DoomedWrite[] = [];
  let before: { readonly slot: string; readonly write: DoomedWrite } | undefined;
  for await (const row of records.scanAll(checkpointWrites, [threadId, namespace, id])) {
    const { taskId, index, version } = row;
    const key = [threadId, namespace, id, taskId, index, version];
    const doomed: Doomed = { kind: 'writes', table: checkpointWrites, key, bytes: bytesOf(row) };
    const slot = JSON.stringify([taskId, index]);
    const write = { version, doomed };
    if (!isKept) found.push(write);
    else if (before?.slot === slot) found.push(before.write);
    before = { slot, write };
  }
  return found;
}
