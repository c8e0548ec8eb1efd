import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { Item, NewItem } from './item.ts';
import type { Page, PageOptions } from './page.ts';
import type { ThreadWriteOptions, WriteOptions } from './write-options.ts';
import type { Chunk } from './responder.ts';
import type { RunError } from '../shared/run-failure.ts';
import type { RunPolicy, RunStatus } from './run.ts';

export const voteChoices = ['left', 'right', 'tie', 'both_bad'] as const;
/** `tie`: both are equally good; `both_bad`: neither is useful. Ratings count both as a tie. */
export type VoteChoice = (typeof voteChoices)[number];

export const comparisonStatuses = ['running', 'completed', 'failed'] as const;
/**
 * `completed`: both answers are whole, and users may vote; `failed`: one of them failed or was
 * stopped.
 */
export type ComparisonStatus = (typeof comparisonStatuses)[number];

/** One of the two answers. */
export interface ComparisonSide {
  /** `null` while the comparison is blind to the caller. */
  readonly model: string | null;
  readonly runId: string;
  readonly streamId: string;
  /** The key of the answer's item. */
  readonly messageId: string;
  readonly status: RunStatus;
  /** The answer, whole or partial, once it is stored. */
  readonly outputItemId: ItemId | null;
  /** From the start of its run to its end, in milliseconds; `null` until the run ends. */
  readonly timeMs: number | null;
  readonly error?: RunError;
}

/** Two models' answers to one prompt. */
export interface Comparison {
  readonly id: string;
  readonly threadId: ThreadId;
  /** The user who asked. */
  readonly userId?: string;
  /** The prompt. */
  readonly inputItemId: ItemId;
  /** The models are hidden from each user until that user has voted. */
  readonly blind: boolean;
  readonly status: ComparisonStatus;
  readonly left: ComparisonSide;
  readonly right: ComparisonSide;
  /** The caller's own vote. */
  readonly voteChoice: VoteChoice | null;
  readonly requestId: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly createdAt: string;
}

export interface NewComparison {
  /** A string stands for one item of role `user`. */
  readonly prompt: string | NewItem;
  /** The left and the right model, or `random`: two different configured models on random sides. */
  readonly models: readonly [string, string] | 'random';
  /** Default false. */
  readonly blind?: boolean;
  /**
   * What to do if a run is active in the thread; the two answers count as one. Default as for runs.
   */
  readonly policy?: RunPolicy;
}

/** A comparison that has begun. */
export interface StartedComparison {
  readonly comparison: Comparison;
  /** The prompt as stored. */
  readonly items: readonly Item[];
  /** The call was a retry: this is the comparison that the first call began. */
  readonly replayed: boolean;
  /** Resolves once both answers have ended. A model's failure does not reject it. */
  readonly done: Promise<Comparison>;
}

/**
 * The events of a comparison: first the comparison itself, then the chunks of both sides as they
 * arrive, then the comparison as it ended. `id` marks the position in both sides: give it as
 * `after` to continue.
 */
export type ComparisonEvent =
  | { readonly type: 'comparison' | 'done'; readonly id: string; readonly comparison: Comparison }
  | { readonly type: 'left' | 'right'; readonly id: string; readonly chunk: Chunk };

export interface ComparisonReadOptions {
  /** The `id` of an event. Default: read from the beginning. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

export interface Vote {
  readonly choice: VoteChoice;
}

/** A prompt with its answer from one model, or its two answers side by side. */
export interface Turn {
  /** The item of the prompt. */
  readonly messageId: ItemId;
  readonly threadId: ThreadId;
  readonly promptText: string;
  /** `null` if no model is known or the comparison is blind to the caller; likewise below. */
  readonly model1Name: string | null;
  /** The text of the answer; `null` if there is none. */
  readonly model1Response: string | null;
  readonly model1TimeMs: number | null;
  /**
   * The right side of a comparison; this and all fields below are `null` if only one model was
   * asked.
   */
  readonly model2Name: string | null;
  readonly model2Response: string | null;
  readonly model2TimeMs: number | null;
  readonly comparisonId: string | null;
  /** The caller's own vote. */
  readonly voteChoice: VoteChoice | null;
  readonly createdAt: string;
}

/** A model's place on the leaderboard. */
export interface Standing {
  /**
   * 1, plus one for every model that is significantly better: its interval lies above this one's.
   */
  readonly rank: number;
  readonly model: string;
  /**
   * On the scale of Elo's chess ratings: 400 points more mean 10 to 1 odds of being preferred. The
   * mean is 1,000.
   */
  readonly rating: number;
  /** The ends of the 95 % interval. */
  readonly ratingLow: number;
  readonly ratingHigh: number;
  readonly votes: number;
  readonly wins: number;
  readonly losses: number;
  /** Ties of both kinds. */
  readonly ties: number;
}

export interface Leaderboard {
  /** Best first; at most 200 models, those with the most votes. */
  readonly data: readonly Standing[];
  /** The number of votes counted. */
  readonly votes: number;
  /** Whether all votes are counted yet: a large project's votes are counted over several calls. */
  readonly isComplete: boolean;
}

export interface ComparisonsApi {
  /**
   * Asks two models the same prompt at once. Throws `invalid_request` if a model is not configured
   * or both are the same, and `conflict` as runs do.
   *
   * @example
   * const { comparison, done } = await project.comparisons.create(thread.id, {
   *   prompt: 'What is a thread?',
   *   models: 'random',
   *   blind: true,
   * });
   */
  create(
    threadId: string,
    comparison: NewComparison,
    options?: ThreadWriteOptions,
  ): Promise<StartedComparison>;
  get(threadId: string, comparisonId: string): Promise<Comparison>;
  /** In order of creation. */
  list(threadId: string, options?: PageOptions): Promise<Page<Comparison>>;
  /** Follows both answers. Throws `not_found` once their chunks have been deleted. */
  read(
    threadId: string,
    comparisonId: string,
    options?: ComparisonReadOptions,
  ): AsyncGenerator<ComparisonEvent, void, undefined>;
  /**
   * Records the caller's vote, which is final: repeating it changes nothing. Throws `conflict` for
   * a different choice, or if either answer is not whole.
   */
  vote(
    threadId: string,
    comparisonId: string,
    vote: Vote,
    options?: WriteOptions,
  ): Promise<Comparison>;
  /** Ranks the models by all votes of the project. Open to every signed-in user. */
  leaderboard(): Promise<Leaderboard>;
  /** Prompts and answers, in the order of the thread. */
  turns(threadId: string, options?: PageOptions): Promise<Page<Turn>>;
}
