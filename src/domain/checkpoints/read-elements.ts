import type { Records } from '../../records/records.ts';
import {
  checkpointElements,
  type CheckpointElementRow,
  type CheckpointLogRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Core } from '../base/core.ts';
import { elementLane, homeOf, pageLane, wholeLane } from './checkpoint-log.ts';
import type { Packed, StoredValue } from '../../api/checkpoint.ts';
import { elementRowCacheOf } from './element-row-cache.ts';
import { parseEntries, toIds, type ListEntry, type IdRange } from './element-list.ts';
import { toPacked } from './packed.ts';
import type { ValuePointer } from './value-pointer.ts';

/**
 * Reads the values of many checkpoints at once: each element once, and neighbors in one scan.
 * Throws `MissingElementError` if an element was deleted after the pointer to it was read.
 */
export class ElementReader {
  readonly #core: Core;
  readonly #log: CheckpointLogRow;
  readonly #lanes = new Map<string, Map<number, CheckpointElementRow>>();
  readonly #packed = new Map<CheckpointElementRow, Packed>();

  /** With a draft, includes its additions. */
  constructor(core: Core, log: CheckpointLogRow, draft?: ThreadDraft) {
    this.#core = core;
    this.#log = log;
    for (const row of draft?.listPuts(checkpointElements) ?? []) {
      this.#laneOf(row.lane).set(row.id, row);
    }
  }

  /** The ids in a list, in order. */
  async idsOf(channel: string, list: string): Promise<number[]> {
    return toIds(await this.rangesOf(channel, list));
  }

  /** The ranges of a list, with its pages expanded. */
  async rangesOf(channel: string, list: string): Promise<IdRange[]> {
    const lane = pageLane(channel);
    let entries: readonly ListEntry[] = parseEntries(list);
    while (entries.some((entry) => 'page' in entry)) {
      await this.need(
        lane,
        entries.flatMap((entry) => ('page' in entry ? [entry.page] : [])),
      );
      entries = entries.flatMap((entry) => {
        return 'page' in entry ? parseEntries(this.#mustGet(lane, entry.page).text ?? '') : [entry];
      });
    }
    return entries as IdRange[]; // no pages are left
  }

  /** Reads those of these elements that are not loaded yet. */
  async need(lane: string, ids: Iterable<number>): Promise<void> {
    const known = this.#laneOf(lane);
    const wanted = [...new Set(ids)].filter((id) => !known.has(id));
    const cache = elementRowCacheOf(this.#core);
    for (const [threadId, own] of Map.groupBy(wanted, (id) => homeOf(this.#log, lane, id))) {
      // A redaction rewrites rows, and begins another epoch in all threads that share them.
      const remembered = `${this.#log.epoch} ${lane}`;
      const cached = cache.rowsOf(threadId, remembered);
      const unread: number[] = [];
      for (const id of own) {
        const row = cached.get(id);
        if (row === undefined) unread.push(id);
        else known.set(id, row);
      }
      if (unread.length === 0) continue;
      unread.sort((a, b) => a - b);
      const rows = await readIds(this.#core.records, [threadId, lane], unread);
      for (const row of rows) known.set(row.id, row);
      cache.add(threadId, remembered, rows);
    }
  }

  element(channel: string, id: number): Packed {
    return this.#pack(this.#mustGet(elementLane(channel), id));
  }

  whole(id: number): Packed {
    return this.#pack(this.#mustGet(wholeLane, id));
  }

  /** Cached, since checkpoints share most of their elements. */
  #pack(row: CheckpointElementRow): Packed {
    let packed = this.#packed.get(row);
    if (packed === undefined) this.#packed.set(row, (packed = toPacked(row)));
    return packed;
  }

  #laneOf(lane: string): Map<number, CheckpointElementRow> {
    let known = this.#lanes.get(lane);
    if (known === undefined) this.#lanes.set(lane, (known = new Map()));
    return known;
  }

  #mustGet(lane: string, id: number): CheckpointElementRow {
    const row = this.#laneOf(lane).get(id);
    if (row === undefined) throw new MissingElementError(`${lane} ${id}`);
    return row;
  }
}

/** An element was deleted after the pointer to it was read: read again. */
export class MissingElementError extends Error {
  override readonly name = 'MissingElementError';
}

/** The location of a value and the ids of its elements. */
interface ResolvedValue {
  readonly channel: string;
  readonly pointer: ValuePointer;
  readonly ids: readonly number[];
}

export async function resolveValue(
  reader: ElementReader,
  channel: string,
  pointer: ValuePointer,
): Promise<ResolvedValue> {
  const ids = typeof pointer === 'string' ? await reader.idsOf(channel, pointer) : [];
  return { channel, pointer, ids };
}

/** Loads the elements of values into the reader. */
export async function needValues(
  reader: ElementReader,
  values: readonly ResolvedValue[],
): Promise<void> {
  const lanes = new Map<string, Set<number>>();
  for (const { channel, pointer, ids } of values) {
    const lane = typeof pointer === 'number' ? wholeLane : elementLane(channel);
    let wanted = lanes.get(lane);
    if (wanted === undefined) lanes.set(lane, (wanted = new Set()));
    if (typeof pointer === 'number') wanted.add(pointer);
    for (const id of ids) wanted.add(id);
  }
  await Promise.all([...lanes].map(([lane, wanted]) => reader.need(lane, wanted)));
}

/** A value whose elements are loaded. */
export function valueOf(
  reader: ElementReader,
  { channel, pointer, ids }: ResolvedValue,
): StoredValue {
  if (typeof pointer === 'number') return { kind: 'whole', value: reader.whole(pointer) };
  if (typeof pointer === 'string') {
    return { kind: 'list', ids, elements: ids.map((id) => reader.element(channel, id)) };
  }
  return { kind: 'whole', value: { json: pointer[0] } };
}

/** Ids at most this far apart are read in one scan, including the unneeded ones between them. */
const gapMax = 8;
const scanMin = 4;

async function readIds(
  records: Records,
  prefix: readonly [threadId: string, lane: string],
  ids: readonly number[],
): Promise<CheckpointElementRow[]> {
  const ranges = rangesOf(ids);
  const few = ranges.filter((range) => range.length < scanMin).flat();
  const rows = await Promise.all(
    ranges
      .filter((range) => range.length >= scanMin)
      .map((range) => scanRange(records, prefix, range)),
  );
  const single = await records.getExisting(
    checkpointElements,
    few.map((id) => [...prefix, id]),
  );
  return [...rows.flat(), ...single];
}

function rangesOf(ids: readonly number[]): number[][] {
  const ranges: number[][] = [];
  for (const id of ids) {
    const last = ranges.at(-1);
    if (last !== undefined && id - last.at(-1)! <= gapMax) last.push(id);
    else ranges.push([id]);
  }
  return ranges;
}

async function scanRange(
  records: Records,
  prefix: readonly [threadId: string, lane: string],
  range: readonly number[],
): Promise<CheckpointElementRow[]> {
  const rows: CheckpointElementRow[] = [];
  let after = range[0]! - 1;
  const end = range.at(-1)! + 1;
  while (after < end - 1) {
    const limit = Math.min(1000, end - after - 1);
    const step = await records.scan(checkpointElements, {
      prefix,
      after: [after],
      before: [end],
      limit,
    });
    rows.push(...step);
    if (step.length < limit) break;
    after = step.at(-1)!.id;
  }
  return rows;
}
