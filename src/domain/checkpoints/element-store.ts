import { put, type Records } from '../../records/records.ts';
import {
  checkpointElements,
  type CheckpointElementRow,
  type CheckpointLogRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { lastIdIn } from './checkpoint-log.ts';
import type { Packed } from '../../api/checkpoint.ts';
import { toPackedColumns } from './packed.ts';

/** A value about to become an element. */
export interface HashedValue {
  readonly value: Packed;
  readonly hash: string;
}

/**
 * Assigns ids to elements within one operation on a draft: the id of an existing element, or the
 * next one of its lane. The caller puts `lanes` into the log row.
 */
export class ElementStore {
  readonly #records: Records;
  readonly #draft: ThreadDraft;
  readonly #log: CheckpointLogRow;
  readonly #lanes: Map<string, number>;
  /** What this and earlier operations of the draft have added, by lane and hash. */
  readonly #added = new Map<string, number>();
  readonly #isBlind: boolean;
  #isChanged = false;

  /** With `isBlind`, only elements added by the draft count as existing. */
  constructor(records: Records, draft: ThreadDraft, log: CheckpointLogRow, isBlind: boolean) {
    this.#records = records;
    this.#draft = draft;
    this.#log = log;
    this.#isBlind = isBlind;
    this.#lanes = new Map(Object.entries(log.lanes));
    for (const { lane, hash, id } of draft.listPuts(checkpointElements)) {
      this.#added.set(nameOf(lane, hash), id);
    }
  }

  /** Whether new ids were assigned. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  get lanes(): CheckpointLogRow['lanes'] {
    return Object.fromEntries(this.#lanes);
  }

  async add(lane: string, values: readonly HashedValue[]): Promise<number[]> {
    const hasNone = this.#isBlind || lastIdIn(this.#log.lanes, lane) === 0;
    const found: (number | undefined)[] = [];
    for (let i = 0; i < values.length; i += lookupsAtOnce) {
      const step = values.slice(i, i + lookupsAtOnce);
      found.push(
        ...(await Promise.all(
          step.map(({ hash }) => (hasNone ? Promise.resolve(undefined) : this.#find(lane, hash))),
        )),
      );
    }
    return values.map((value, i) => found[i] ?? this.#put(lane, value));
  }

  async #find(lane: string, hash: string): Promise<number | undefined> {
    const added = this.#added.get(nameOf(lane, hash));
    if (added !== undefined) return added;
    const homes = [...(this.#log.lineage ?? [])].toReversed();
    for (const { threadId, before } of [
      { threadId: this.#log.threadId, before: undefined },
      ...homes.map(({ threadId, lanes }) => ({ threadId, before: lastIdIn(lanes, lane) + 1 })),
    ]) {
      const [row] = await this.#records.scan(checkpointElements, {
        index: 'byHash',
        prefix: [threadId, lane, hash],
        limit: 1,
        ...(before !== undefined && { before: [before] }),
      });
      if (row !== undefined) return row.id;
    }
    return undefined;
  }

  #put(lane: string, { value, hash }: HashedValue): number {
    const added = this.#added.get(nameOf(lane, hash));
    if (added !== undefined) return added;
    const id = (this.#lanes.get(lane) ?? 0) + 1;
    const { threadId } = this.#log;
    const row: CheckpointElementRow = { threadId, lane, id, hash, ...toPackedColumns(value) };
    // Ids are assigned under the head's version.
    this.#draft.put(put(checkpointElements, row, null));
    this.#lanes.set(lane, id);
    this.#added.set(nameOf(lane, hash), id);
    this.#isChanged = true;
    return id;
  }
}

/** Each lookup holds blocks of the store in memory while it runs. */
const lookupsAtOnce = 16;

/** A hash has a fixed length, so that different pairs of lane and hash have different names. */
function nameOf(lane: string, hash: string): string {
  return hash + lane;
}
