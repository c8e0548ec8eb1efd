import type { RunError } from '../shared/run-failure.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Item, NewItem } from './item.ts';
import type { Page, PageOptions } from './page.ts';
import type { WriteOptions } from './write-options.ts';
import type { Responder } from './responder.ts';

export const runStatuses = [
  'queued',
  'running',
  'interrupted',
  'completed',
  'failed',
  'cancelled',
] as const;
/** `interrupted` waits for people, for instance for a tool's approval. The last three are final. */
export type RunStatus = (typeof runStatuses)[number];

export const runPolicies = ['reject', 'enqueue', 'interrupt'] as const;
/**
 * What a second run does while one is active in its thread: it is refused with `conflict`, waits
 * for its turn, or ends the first, whose partial answer stays. A run that waits for people never
 * stands in the way.
 */
export type RunPolicy = (typeof runPolicies)[number];

/** Tokens, as far as the model told. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly totalTokens?: number;
}

/** One execution of a model or an agent in a thread. */
export interface Run {
  readonly id: string;
  readonly threadId: ThreadId;
  readonly status: RunStatus;
  /** Absent while it is a blind comparison's and the caller has not voted. */
  readonly model?: string;
  readonly agent?: string;
  readonly userId?: string;
  readonly inputItemId?: ItemId;
  /** The answer, whole or partial, once it is stored. */
  readonly outputItemId?: ItemId;
  /** The id of the answer for clients that name messages themselves: the item's `key`. */
  readonly messageId: string;
  readonly streamId: string;
  readonly comparisonId?: string;
  /** 1, and one more with every retry of the same input. */
  readonly attempt: number;
  readonly usage?: Usage;
  readonly error?: RunError;
  readonly metadata: JsonObject;
  readonly requestId: string;
  /** ISO 8601, UTC, milliseconds; as all times below. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /**
   * Milliseconds that it has waited for people since it started, for instance for a tool's
   * approval.
   */
  readonly waitedMs?: number;
  readonly updatedAt: string;
}

export interface NewRun {
  /**
   * Appended before the run starts, in one commit with it. Text is short for one item of the user.
   */
  readonly input?: string | readonly NewItem[];
  /**
   * The name of a configured model or agent. Default: the first model that is configured, or
   * whoever began the answer that goes on.
   */
  readonly model?: string;
  readonly agent?: string;
  /** In process only: who answers, instead of a configured one. */
  readonly responder?: Responder;
  /** Default: the thread's `metadata.runPolicy`, else `reject`. */
  readonly policy?: RunPolicy;
  /**
   * Answers this item, which is in the thread already. Default: the last item of `input`, else the
   * newest of a user.
   */
  readonly inputItemId?: string;
  /**
   * The new answer stands in the place of this one, and counts as one more attempt. For the
   * thread's owner and who asked; not for an answer of a comparison. One that fails without a word
   * leaves a whole answer where it is.
   */
  readonly replacesId?: string;
  /**
   * Archives what comes after this item, in the commit with which the run begins: what an edited
   * question or an answer that is made anew has led to. At most 1,000 items.
   */
  readonly archiveAfter?: string;
  /**
   * The id under which the answer is told to clients: `key_conflict` if the thread has it already.
   * Default: a new one.
   */
  readonly messageId?: string;
  readonly metadata?: JsonObject;
}

/** A run that this process works on. */
export interface StartedRun {
  readonly run: Run;
  /** The items of `input` as they are stored. */
  readonly items: readonly Item[];
  /** The call was a retry: the run is the one that the first call started. */
  readonly replayed: boolean;
  /** The run when it has ended or waits for people. Never rejects for a failure of the model. */
  readonly done: Promise<Run>;
}

export interface RunListOptions extends PageOptions {
  readonly status?: RunStatus;
  /** The runs that answer this item. Not together with `status`. */
  readonly inputItemId?: string;
}

export interface RunsApi {
  /**
   * Throws `conflict` when a run is active and the policy is `reject`, `invalid_request` for an
   * unknown model.
   */
  start(threadId: string, run: NewRun, options?: WriteOptions): Promise<StartedRun>;
  get(threadId: string, runId: string): Promise<Run>;
  /** In the order in which they were made. */
  list(threadId: string, options?: RunListOptions): Promise<Page<Run>>;
  /**
   * Ends a run of one's own, or of a thread that one leads, wherever it runs; what its readers have
   * seen stays as the partial answer. One that has ended is returned as it is.
   */
  stop(threadId: string, runId: string): Promise<Run>;
}
