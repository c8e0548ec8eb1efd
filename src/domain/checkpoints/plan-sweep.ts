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

/** The elements of a thread that no checkpoint of it refers to. */
export async function planElements(records: Records, log: CheckpointLogRow): Promise<Doomed[]> {
  const used = new UsedElements();
  for await (const { values } of records.scanAll(checkpoints, [log.threadId])) {
    for (const [channel, pointer] of Object.entries(values)) used.addPointer(channel, pointer);
  }
  // The items show a list whose checkpoint may be gone; its channel is not told.
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
 * Up to where the elements of each lane are not the thread's to delete: those that copies share, and those that
 * it shares itself, of which it has copies while its source is being deleted.
 */
async function sharedLanes(
  records: Records,
  log: CheckpointLogRow,
): Promise<CheckpointLogRow['lanes'][]> {
  const shared = (log.lineage ?? []).map(({ lanes }) => lanes);
  for await (const { copyId } of records.scanAll(checkpointCopies, [log.threadId])) {
    const copy = await readLog(records, copyId);
    // One that is just being made may share all that is there.
    if (copy === undefined) shared.push(log.lanes);
    for (const { threadId, lanes } of copy?.lineage ?? []) {
      if (threadId === log.threadId) shared.push(lanes);
    }
  }
  return shared;
}

class UsedElements {
  readonly #lanes = new Map<string, IdSet>();
  /** By channel; what is in them is yet to be added. */
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

  /** Adds what pages hold, and the pages that those hold. */
  async openPages(records: Records, { threadId }: CheckpointLogRow): Promise<void> {
    for (const [channel, pages] of this.#pages) {
      // What is added while this runs is visited, too. Pages of another thread are not this one's to sweep.
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
