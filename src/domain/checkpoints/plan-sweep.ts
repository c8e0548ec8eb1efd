import type { Records } from '../../records/records.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpoints,
  type CheckpointLogRow,
} from '../../records/tables.ts';
import type { JsonValue } from '../../shared/json.ts';
import { elementLane, lastIdIn, pageLane, readLog, wholeLane } from './checkpoint-log.ts';
import { parseEntries } from './element-list.ts';
import { IdSet } from './id-set.ts';
import { bytesOf, type Doomed } from './plan-pruning.ts';
import { asPointer } from './value-pointer.ts';

/** The elements of a thread that none of its checkpoints refers to. */
export async function planElements(records: Records, log: CheckpointLogRow): Promise<Doomed[]> {
  const used = new UsedElements();
  for await (const { values } of records.scanAll(checkpoints, [log.threadId])) {
    for (const [channel, pointer] of Object.entries(values)) used.addPointer(channel, pointer);
  }
  // The items show a list whose checkpoint may be gone; its channel is unknown here.
  for (const lane of Object.keys(log.lanes)) {
    if (lane.startsWith('=')) used.addPointer(lane.slice(1), log.mirrored ?? '');
  }
  await used.openPages(records, log);
  const shared = await sharedLanes(records, log);
  const doomed: Doomed[] = [];
  for await (const row of records.scanAll(checkpointElements, [log.threadId])) {
    const { threadId, lane, id } = row;
    if (used.has(lane, id) || shared.some((lanes) => id <= lastIdIn(lanes, lane))) continue;
    const key = [threadId, lane, id];
    doomed.push({ kind: 'elements', table: checkpointElements, key, bytes: bytesOf(row) });
  }
  return doomed;
}

/**
 * The last element in each lane that the thread must not delete: those that copies share, and those
 * that it shares itself, of which it has its own copies while the source is being deleted.
 */
async function sharedLanes(
  records: Records,
  log: CheckpointLogRow,
): Promise<CheckpointLogRow['lanes'][]> {
  const shared = (log.lineage ?? []).map(({ lanes }) => lanes);
  for await (const { copyId } of records.scanAll(checkpointCopies, [log.threadId])) {
    const copy = await readLog(records, copyId);
    // A copy that is just being created may share everything.
    if (copy === undefined) shared.push(log.lanes);
    for (const { threadId, lanes } of copy?.lineage ?? []) {
      if (threadId === log.threadId) shared.push(lanes);
    }
  }
  return shared;
}

class UsedElements {
  readonly #lanes = new Map<string, IdSet>();
  /** By channel, the pages whose contents are still to be added. */
  readonly #pages = new Map<string, Set<number>>();

  has(lane: string, id: number): boolean {
    return this.#lanes.get(lane)?.has(id) ?? false;
  }

  addPointer(channel: string, stored: JsonValue): void {
    const pointer = asPointer(stored);
    if (typeof pointer === 'string') this.#addList(channel, pointer);
    else if (typeof pointer === 'number')
      this.#laneOf(wholeLane).add({ first: pointer, last: pointer });
  }

  /** Adds the contents of pages, recursively. */
  async openPages(records: Records, { threadId }: CheckpointLogRow): Promise<void> {
    for (const [channel, pages] of this.#pages) {
      // The loop also visits what is added while it runs. Pages of another thread are not swept
      // here.
      for (const id of pages) {
        const row = await records.get(checkpointElements, [threadId, pageLane(channel), id]);
        if (row?.text !== undefined) this.#addList(channel, row.text);
      }
    }
  }

  #addList(channel: string, list: string): void {
    for (const entry of parseEntries(list)) {
      if ('page' in entry) this.#addPage(channel, entry.page);
      else this.#laneOf(elementLane(channel)).add(entry);
    }
  }

  #addPage(channel: string, page: number): void {
    let pages = this.#pages.get(channel);
    if (pages === undefined) this.#pages.set(channel, (pages = new Set()));
    pages.add(page);
    this.#laneOf(pageLane(channel)).add({ first: page, last: page });
  }

  #laneOf(lane: string): IdSet {
    let set = this.#lanes.get(lane);
    if (set === undefined) this.#lanes.set(lane, (set = new IdSet()));
    return set;
  }
}
