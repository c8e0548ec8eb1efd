import type { RunError } from '../shared/run-failure.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Item, NewItem } from './item.ts';
import type { Page, PageOptions } from './page.ts';
import type { ThreadWriteOptions } from './write-options.ts';
import type { Responder } from './responder.ts';

export const runStatuses = [
  'queued',
  'running',
  'interrupted',
  'completed',
  'failed',
  'cancelled',
] as const;
/**
 * `interrupted`: waits for people, for instance for a tool's approval. The last three are final.
 */
export type RunStatus = (typeof runStatuses)[number];

export const runPolicies = ['reject', 'enqueue', 'interrupt'] as const;
/**
 * What happens to a second run while one is active in its thread: it is refused with `conflict`,
 * waits its turn, or stops the first, whose partial answer stays. A run that waits for people never
 * blocks another.
 */
export type RunPolicy = (typeof runPolicies)[number];

/** Tokens, as far as the model reports them. */
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
  /** Absent in a blind comparison until the caller has voted. */
  readonly model?: string;
  readonly agent?: string;
  /** Who asked; where agents have called each other, the person whose message they began with. */
  readonly userId?: string;
  /** The user id of the agent that answers, which its answer has, too, if it takes part. */
  readonly authorId?: string;
  /** How many agents' answers a chain of mentions has with this one, 1 to 3. */
  readonly links?: number;
  readonly inputItemId?: ItemId;
  /** The answer, whole or partial, once it is stored. */
  readonly outputItemId?: ItemId;
  /** The answer's id for clients that name messages themselves: the item's `key`. */
  readonly messageId: string;
  readonly streamId: string;
  readonly comparisonId?: string;
  /** 1, plus one for every retry of the same input. */
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
   * How long it has waited for people since it started, in milliseconds, for instance for a tool's
   * approval.
   */
  readonly waitedMs?: number;
  readonly updatedAt: string;
}

export interface NewRun {
  /** Appended in the commit that starts the run. A string stands for one item of role `user`. */
  readonly input?: string | readonly NewItem[];
  /**
   * The name of a configured model or agent. Default: the first configured model, or for a
   * continued or retried answer the one that began it.
   */
  readonly model?: string;
  readonly agent?: string;
  /** In process only: answers instead of a configured model. */
  readonly responder?: Responder;
  /** Default: the thread's `metadata.runPolicy`, else `reject`. */
  readonly policy?: RunPolicy;
  /**
   * The existing item to answer. Default: the last item of `input`, else the newest item of a user.
   */
  readonly inputItemId?: string;
  /**
   * The new answer replaces this one and counts as another attempt. Only for the thread's owner and
   * the user who asked, and not for an answer of a comparison. If the run fails before its first
   * word, a whole answer stays.
   */
  readonly replacesId?: string;
  /**
   * A failed or stopped answer to try again: like `replacesId`, but the results of its tools are
   * kept and the model goes on from them, so that no tool does its work twice. The answer keeps its
   * id for clients. Throws `conflict` for an answer whose run has not failed. Cannot be combined
   * with `input`, `replacesId` or `messageId`.
   */
  readonly retriesId?: string;
  /**
   * Archives the items after this one in the commit that starts the run: what an edited question or
   * a regenerated answer had led to. At most 1,000 items.
   */
  readonly archiveAfter?: string;
  /**
   * The answer's id for clients. Throws `key_conflict` if the thread already has it. Default: a new
   * one.
   */
  readonly messageId?: string;
  readonly metadata?: JsonObject;
}

/** A run that this process works on. */
export interface StartedRun {
  readonly run: Run;
  /** The items of `input` as stored. */
  readonly items: readonly Item[];
  /** The call was a retry: this is the run that the first call started. */
  readonly replayed: boolean;
  /** Resolves when the run has ended or waits for people. A model's failure does not reject it. */
  readonly done: Promise<Run>;
}

export interface RunListOptions extends PageOptions {
  readonly status?: RunStatus;
  /** Only the runs that answer this item. Cannot be combined with `status`. */
  readonly inputItemId?: string;
}

export interface RunsApi {
  /**
   * Stores the input and starts a run that answers it, in one commit. Throws `conflict` if a run is
   * active and the policy is `reject`, `invalid_request` for an unknown model, and
   * `precondition_failed` if `ifVersion` is stale.
   *
   * @example
   * const { run, done } = await project.runs.start(thread.id, { input: 'What is a thread?' });
   * for await (const { chunk } of project.streams.read(thread.id, run.streamId)) show(chunk);
   * const { status, outputItemId } = await done;
   */
  start(threadId: string, run: NewRun, options?: ThreadWriteOptions): Promise<StartedRun>;
  get(threadId: string, runId: string): Promise<Run>;
  /** In order of creation. */
  list(threadId: string, options?: RunListOptions): Promise<Page<Run>>;
  /**
   * Ends a run that the caller started or whose thread the caller leads, on whichever process it
   * runs. What readers have seen stays as a partial answer. Returns a run that has already ended as
   * it is.
   */
  stop(threadId: string, runId: string): Promise<Run>;
}
