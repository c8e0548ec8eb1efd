import type { Answer, AnswerReader } from './read-answer.ts';
import type { RunError } from '../../shared/run-failure.ts';
import type { RunStatus } from '../../api/run.ts';

/** How a run is to end. */
export interface Ending {
  readonly status: Exclude<RunStatus, 'queued' | 'running'>;
  readonly error?: RunError;
  /** Only the holder of this lease may end the run so; left out, anybody may. */
  readonly leaseToken?: number;
  /** What the caller has made of the chunks; without it, or if more are stored, they are read. */
  readonly answer?: Answer;
  /** Reads the chunks of this stream, from one try to the next. */
  readonly reader?: { readonly streamId: string; readonly answers: AnswerReader };
}
