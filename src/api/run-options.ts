import type { RunError } from '../shared/run-failure.ts';

/**
 * What runs may take. At the bounds of one it fails with `too_large` or `timeout`, and what it has
 * written is kept.
 */
export interface RunBounds {
  /** How long a process works on it, in milliseconds. Default 30 minutes. */
  readonly runMsMax: number;
  /** How many chunks an answer may have. Default 100,000. */
  readonly runChunksMax: number;
  /** The approximate size of an answer, in characters. Default 16 million. */
  readonly runCharactersMax: number;
  /**
   * How many runs of one user may wait or run in this process. Default 20; more are refused with
   * `rate_limited`.
   */
  readonly runsPerUserMax: number;
}

/** How runs are executed and stored; every option has a default. */
export interface RunOptions extends RunBounds {
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
   * How many bytes their parts have as UTF-8, roughly, for a model whose window is not known; a
   * photo counts as 6,000. Large ones are shortened until all fit. The item to answer is always
   * included. Default 400,000.
   */
  readonly contextBytesMax: number;
  /** Called with failures whose details users do not see, so that the host can log them. */
  readonly onFailure: (failure: unknown, run: FailedRun) => void;
}

export interface FailedRun {
  /** As stored: `id`, or `project/id`. */
  readonly threadId: string;
  readonly runId: string;
  readonly error: RunError;
}

export const defaultRunOptions: RunOptions = {
  flushIntervalMs: 40,
  leaseMs: 15_000,
  streamTtlMs: 10 * 60_000,
  runMsMax: 30 * 60_000,
  runChunksMax: 100_000,
  runCharactersMax: 16_000_000,
  runsPerUserMax: 20,
  contextItemsMax: 100,
  contextBytesMax: 400_000,
  onFailure: () => undefined,
};
