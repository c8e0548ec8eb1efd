import type { Scalar } from '../../records/records.ts';
import {
  participants,
  threads,
  type ParticipantRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import type { RowRange } from '../base/paginate.ts';
import { headsById } from '../head/show-thread.ts';
import { bigThreadsOf } from '../participants/big-threads.ts';
import { behindMaxMs } from '../participants/follow-time.ts';

/**
 * The heads of every thread that the caller owns or takes part in, by their own times, merged from
 * three places: the owner's index, which is exact; the entries of threads with a bound, which may
 * be behind their threads by `behindMaxMs`; and the heads of the threads without one, all of which
 * are read, since no entry tells their times.
 */
export function participatingHeads(
  reading: Reading,
  archived: boolean,
): (range: RowRange) => Promise<readonly ThreadRow[]> {
  const userId = mustUserId(reading.principal);
  // One page may take several scans.
  let reachingBig: Promise<readonly ThreadRow[]> | undefined;
  return async (range) => {
    reachingBig ??= readBig(reading, userId);
    const [own, big] = await Promise.all([readOwn(reading, userId, archived, range), reachingBig]);
    const merge = new Merge(range, userId);
    merge.addOwn(own);
    merge.add(big);
    await readEntries(reading, userId, merge);
    return merge.rows();
  };
}

function readOwn(
  { core, principal }: Reading,
  userId: string,
  archived: boolean,
  range: RowRange,
): Promise<ThreadRow[]> {
  const prefix = [principal.projectId, userId, archived];
  return core.records.scan(threads, { index: 'byOwner', prefix, ...range });
}

async function readBig(reading: Reading, userId: string): Promise<readonly ThreadRow[]> {
  const { core, principal } = reading;
  const rows = await bigThreadsOf(core, principal.projectId, userId);
  const heads = await headsById(
    core,
    rows.map(({ threadId }) => threadId),
  );
  return [...heads.values()];
}

/** Reads on until no entry that is left can belong among the first rows of the merge. */
async function readEntries(
  { core, principal }: Reading,
  userId: string,
  merge: Merge,
): Promise<void> {
  const { after, before } = merge.entryBounds();
  const { reverse } = merge.range;
  let from = reverse ? before : after;
  const to = reverse ? after : before;
  for (;;) {
    const [low, high] = reverse ? [to, from] : [from, to];
    const rows = await core.records.scan(participants, {
      index: 'byUser',
      prefix: [principal.projectId, userId],
      ...(low && { after: low }),
      ...(high && { before: high }),
      reverse,
      limit: stepMax,
    });
    const heads = await headsById(
      core,
      rows.map(({ threadId }) => threadId),
    );
    merge.add([...heads.values()]);
    const last = rows.at(-1);
    if (last === undefined || rows.length < stepMax || merge.isSettledAt(last)) return;
    from = [last.listedAt!, last.threadId]; // the index requires it
  }
}

const stepMax = 100;

/** Heads from several places, each once, in the order of a list. */
class Merge {
  readonly range: RowRange;
  readonly #userId: string;
  readonly #heads = new Map<string, ThreadRow>();

  constructor(range: RowRange, userId: string) {
    this.range = range;
    this.#userId = userId;
  }

  addOwn(heads: readonly ThreadRow[]): void {
    for (const head of heads) this.#heads.set(head.id, head);
  }

  /** The owner's index tells all there is to tell of their own threads. */
  add(heads: readonly ThreadRow[]): void {
    for (const head of heads) {
      const isOther = head.ownerId !== this.#userId && head.listedAt !== undefined;
      if (isOther && this.#isInRange(head)) this.#heads.set(head.id, head);
    }
  }

  rows(): ThreadRow[] {
    const { reverse, limit } = this.range;
    const sorted = [...this.#heads.values()].toSorted(byPosition);
    return (reverse ? sorted.toReversed() : sorted).slice(0, limit);
  }

  /** Where the entries begin and end that may belong to threads in the range. */
  entryBounds(): Pick<RowRange, 'after' | 'before'> {
    const { after, before } = this.range;
    return {
      ...(after && { after: [Number(after[0]) - behindMaxMs] }),
      ...(before && { before: [Number(before[0]) + 1] }),
    };
  }

  /** Whether no thread with a later entry of the scan can come before the last row. */
  isSettledAt({ listedAt = 0 }: ParticipantRow): boolean {
    const rows = this.rows();
    const last = rows.at(-1)?.listedAt;
    if (last === undefined || rows.length < this.range.limit) return false;
    return this.range.reverse ? last > listedAt + behindMaxMs : last < listedAt;
  }

  #isInRange(head: ThreadRow): boolean {
    const { after, before } = this.range;
    const position = [head.listedAt ?? 0, head.id] as const;
    const isAfter = after === undefined || compare(position, after) > 0;
    return isAfter && (before === undefined || compare(position, before) < 0);
  }
}

function byPosition(a: ThreadRow, b: ThreadRow): number {
  return compare([a.listedAt ?? 0, a.id], [b.listedAt ?? 0, b.id]);
}

/** By time, then by id, as the indexes have it. */
function compare(a: readonly Scalar[], b: readonly Scalar[]): number {
  const [timeA, timeB] = [Number(a[0]), Number(b[0])];
  if (timeA !== timeB) return timeA - timeB;
  const [idA, idB] = [String(a[1] ?? ''), String(b[1] ?? '')];
  return idA === idB ? 0 : idA < idB ? -1 : 1;
}
