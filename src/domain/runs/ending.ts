import type { Answer, AnswerReader } from './read-answer.ts';
import type { RunError } from '../../shared/run-failure.ts';
import type { RunStatus } from '../../api/run.ts';

/** How a run must end. */
export interface Ending {
  readonly status: Exclude<RunStatus, 'queued' | 'running'>;
  readonly error?: RunError;
  /** Only the holder of this lease may end the run this way. If absent, any process may. */
  readonly leaseToken?: number;
  /**
   * What the caller has computed from the chunks. Without it, or if more are stored, they are read.
   */
  readonly answer?: Answer;
  /** Reads the chunks of this stream across attempts. */
  readonly reader?: { readonly streamId: string; readonly answers: AnswerReader };
}
