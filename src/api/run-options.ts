import type { RunError } from '../shared/run-failure.ts';

/** How runs are kept; every one has a default. */
export interface RunOptions {
  /** How often chunks are made durable while an answer streams: 1 to 100 ms. Default 40. */
  readonly flushIntervalMs: number;
  /**
   * For how long a process that works on a run is taken to be alive without a sign of life. Default
   * 15 s.
   */
  readonly leaseMs: number;
  /** How long the chunks of an answer are kept after its end. Default 10 minutes. */
  readonly streamTtlMs: number;
  /** The newest items that a model gets. Default 100. */
  readonly contextItemsMax: number;
  /** Bytes of their parts, about. Default 400,000; the item that is answered always goes. */
  readonly contextBytesMax: number;
  /** Hears of failures that people are not told the details of, to log them. */
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
