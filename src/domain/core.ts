import type { ChangeFeed } from '../records/change-feed.ts';
import type { Records } from '../records/records.ts';
import type { ThreadWriter } from '../records/thread-writer.ts';
import type { Clock } from '../shared/clock.ts';
import type { AuthorizeHook } from './access/authorize.ts';
import type { ResponderSource } from './runs/responder.ts';
import type { RunOptions } from './runs/run-options.ts';
import type { RunSupervisor } from './runs/run-supervisor.ts';
import type { StreamHub } from './streams/stream-hub.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

/** What every operation of the domain stands on. Made once a store. */
export interface Core {
  readonly records: Records;
  readonly writer: ThreadWriter;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly authorize: AuthorizeHook | undefined;
  readonly tasks: TaskRunner;
  readonly streamHub: StreamHub;
  /** Who can answer, if anybody. */
  readonly responders: ResponderSource | undefined;
  readonly runOptions: RunOptions;
  readonly runSupervisor: RunSupervisor;
  /** Whether other processes may write to the store, past the hints of this one. */
  readonly isShared: boolean;
  /** Whether other processes' writes come as hints, too, of which some may be lost. */
  readonly hasSharedHints: boolean;
  readonly isOpen: () => boolean;
}

/** Bounds of what a caller may send. All of them can be set. */
export interface Limits {
  /** Bytes of one item's parts as JSON. Default 1 MiB. */
  readonly partsBytesMax: number;
  /** Bytes of an item's or a thread's metadata as JSON. Default 64 KiB. */
  readonly metadataBytesMax: number;
  /** Items, edges or threads in one call. Default 1,000. */
  readonly itemsPerRequestMax: number;
  /** Default 20. */
  readonly tagsMax: number;
}

export const defaultLimits: Limits = {
  partsBytesMax: 1024 * 1024,
  metadataBytesMax: 64 * 1024,
  itemsPerRequestMax: 1000,
  tagsMax: 20,
};
