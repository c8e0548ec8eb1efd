import type { RunError } from '../shared/run-failure.ts';

/** How runs are executed and stored; every option has a default. */
export interface RunOptions {
  /**
   * How often the chunks of a streaming answer are made durable, in milliseconds: 1 to 100. Default
   * 40.
   */
  readonly flushIntervalMs: number;
  /**
   * How long a process that works on a run counts as alive after its last renewal, in milliseconds.
   * Default 15,000.
   */
  readonly leaseMs: number;
  /**
   * How long the chunks of an answer are kept after its end, in milliseconds. Default 10 minutes.
   */
  readonly streamTtlMs: number;
  /** How many of the newest items a model gets. Default 100. */
  readonly contextItemsMax: number;
  /**
   * The approximate size of their parts in bytes. Default 400,000. The item to answer is always
   * included.
   */
  readonly contextBytesMax: number;
  /** Called with failures whose details users do not see, so that the host can log them. */
  readonly onFailure: (failure: unknown, run: FailedRun) => void;
}

export interface FailedRun {
  readonly threadId: string;
  readonly runId: string;
  readonly error: RunError;
}

export const defaultRunOptions: RunOptions = {
  flushIntervalMs: 40,
  leaseMs: 15_000,
  streamTtlMs: 10 * 60_000,
  contextItemsMax: 100,
  contextBytesMax: 400_000,
  onFailure: () => undefined,
};
