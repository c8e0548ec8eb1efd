import type { Records } from '../../records/records.ts';
import { checkpointElements, type CheckpointLogRow } from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { lastIdIn, pageLane } from './checkpoint-log.ts';
import { laneKey } from './element-key.ts';
import { parseEntries, type IdRange } from './element-list.ts';
import { IdSet } from './id-set.ts';

/**
 * The stored elements of a thread and of the threads that it shares elements with. It holds ranges
 * of ids, which are few however many elements there are.
 */
export class StoredIds {
  readonly #records: Records;
  readonly #lanes = new Map<string, IdSet>();
  /** Pages that were opened and whose elements all exist. */
  readonly #wholePages = new Set<string>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Reads a thread's rows, in the order of their lanes. Returns the last id of each lane. */
  async addThread(
    threadId: StoredThreadId,
    rows: AsyncIterable<{ readonly lane: string; readonly id: number }>,
  ): Promise<ReadonlyMap<string, number>> {
    const lastIds = new Map<string, number>();
    for await (const { lane, id } of rows) {
      lastIds.set(lane, id);
      this.#laneOf(threadId, lane).add({ first: id, last: id });
    }
    return lastIds;
  }

  /** Whether all elements of a list exist, including those in its pages. */
  async hasList(log: CheckpointLogRow, channel: string, list: string): Promise<boolean> {
    for (const entry of parseEntries(list)) {
      const isThere =
        'page' in entry
          ? await this.#hasPage(log, channel, entry.page)
          : await this.hasRange(log, `=${channel}`, entry);
      if (!isThere) return false;
    }
    return true;
  }

  async hasRange(log: CheckpointLogRow, lane: string, { first, last }: IdRange): Promise<boolean> {
    let next = first;
    for (const { threadId, end } of homesOf(log, lane)) {
      if (next > last) break;
      if (next > end) continue;
      const part = { first: next, last: Math.min(last, end) };
      if (!(await this.#readLane(log, threadId, lane)).hasAll(part)) return false;
      next = part.last + 1;
    }
    return true;
  }

  async #hasPage(log: CheckpointLogRow, channel: string, page: number): Promise<boolean> {
    const lane = pageLane(channel);
    const name = JSON.stringify([lane, page]);
    if (this.#wholePages.has(name)) return true;
    const home = homesOf(log, lane).find(({ end }) => page <= end)!; // the last one has no end
    const row = await this.#records.get(checkpointElements, [home.threadId, lane, page]);
    if (row?.text === undefined || !(await this.hasList(log, channel, row.text))) return false;
    this.#wholePages.add(name);
    return true;
  }

  async #readLane(log: CheckpointLogRow, threadId: StoredThreadId, lane: string): Promise<IdSet> {
    const isKnown = threadId === log.threadId || this.#lanes.has(laneKey(threadId, lane));
    if (!isKnown) {
      const rows = this.#records.scanAll(checkpointElements, [threadId, lane]);
      this.#laneOf(threadId, lane); // known from now on, also where there is nothing
      await this.addThread(threadId, rows);
    }
    return this.#laneOf(threadId, lane);
  }

  #laneOf(threadId: StoredThreadId, lane: string): IdSet {
    const name = laneKey(threadId, lane);
    let ids = this.#lanes.get(name);
    if (ids === undefined) this.#lanes.set(name, (ids = new IdSet()));
    return ids;
  }
}

interface Home {
  readonly threadId: StoredThreadId;
  /** The last id of the lane among this thread's rows. */
  readonly end: number;
}

/**
 * The threads that hold the elements of a lane: first those shared with, then the thread itself.
 */
function homesOf(log: CheckpointLogRow, lane: string): Home[] {
  const shared = (log.lineage ?? []).map(({ threadId, lanes }) => {
    return { threadId, end: lastIdIn(lanes, lane) };
  });
  return [...shared, { threadId: log.threadId, end: Number.POSITIVE_INFINITY }];
}
