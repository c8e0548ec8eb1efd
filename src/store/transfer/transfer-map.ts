import type { Noun } from '../../domain/base/noun.ts';
import type { Transfer } from '../../domain/base/transfer.ts';
import type { Table } from '../../engine/engine.ts';
import { tablesOfThreads } from '../../records/all-tables.ts';
import { copies, queuePlaces, stores, taskQueue, tasks, threads } from '../../records/tables.ts';
import { tablesOf } from '../nouns.ts';

/** What the nouns of a store say about their rows, by table: the one map of what is exported. */
export interface TransferMap {
  /** The tables whose rows belong to a thread, in the order in which they are written. */
  readonly ofThreads: readonly Table[];
  /** The tables outside threads, likewise. */
  readonly others: readonly Table[];
  /** By name, those that stay behind. */
  readonly leftOut: Readonly<Record<string, string>>;
  readonly heads: readonly NonNullable<Transfer['head']>[];
  readonly rows: NonNullable<Transfer['rows']>;
  readonly arrive: NonNullable<Transfer['arrive']>;
}

/** The tables that belong to no noun are about this store alone. */
const leftOutAlways: Readonly<Record<string, string>> = {
  [tasks.name]: 'promised work is done by the store that promised it',
  [taskQueue.name]: 'promised work is done by the store that promised it',
  [queuePlaces.name]: 'where a store goes on looking for what has expired',
  [stores.name]: 'the id by which a store knows its own cursors',
  [copies.name]: 'how far a copy into this store has come',
};

export function transferMapOf(nouns: readonly Noun[]): TransferMap {
  const transfers = nouns.flatMap(({ transfer }) => transfer ?? []);
  const leftOut = Object.assign({}, leftOutAlways, ...transfers.map((one) => one.leftOut));
  const taken = tablesOf(nouns).filter(({ name }) => !Object.hasOwn(leftOut, name));
  const ofThreads = tablesOfThreads(taken);
  return {
    ofThreads,
    others: taken
      .filter((table) => table !== threads && !ofThreads.includes(table))
      .toSorted((a, b) => a.id - b.id),
    leftOut,
    heads: transfers.flatMap(({ head }) => head ?? []),
    rows: Object.assign({}, ...transfers.map(({ rows }) => rows)),
    arrive: Object.assign({}, ...transfers.map(({ arrive }) => arrive)),
  };
}
