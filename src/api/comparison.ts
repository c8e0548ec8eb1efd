import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { Item, NewItem } from './item.ts';
import type { Page, PageOptions } from './page.ts';
import type { WriteOptions } from './write-options.ts';
import type { Chunk } from './responder.ts';
import type { RunError } from '../shared/run-failure.ts';
import type { RunPolicy, RunStatus } from './run.ts';

export const voteChoices = ['left', 'right', 'tie', 'both_bad'] as const;
/** `tie`: both are as good; `both_bad`: neither is of use. Both count as a tie in ratings. */
export type VoteChoice = (typeof voteChoices)[number];

export const comparisonStatuses = ['running', 'completed', 'failed'] as const;
/**
 * `completed`: both answers are whole, and people may vote; `failed`: one of them failed or was
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
  /** From the start of its run to its end, in milliseconds; `null` until then. */
  readonly timeMs: number | null;
  readonly error?: RunError;
}

/** Two models' answers to one prompt. */
export interface Comparison {
  readonly id: string;
  readonly threadId: ThreadId;
  /** Who asked for it. */
  readonly userId?: string;
  /** The prompt. */
  readonly inputItemId: ItemId;
  /** Nobody learns which models answered before having voted. */
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
  /** Text is short for one item of the user. */
  readonly prompt: string | NewItem;
  /**
   * The left and the right one, or two different ones of the configured, by chance and on sides by
   * chance.
   */
  readonly models: readonly [string, string] | 'random';
  /** Default false. */
  readonly blind?: boolean;
  /**
   * What to do while a run is active in the thread; the two answers count as one. Default as for
   * runs.
   */
  readonly policy?: RunPolicy;
}

/** A comparison that was begun. */
export interface StartedComparison {
  readonly comparison: Comparison;
  /** The prompt as it is stored. */
  readonly items: readonly Item[];
  /** The call was a retry: the comparison is the one that the first call began. */
  readonly replayed: boolean;
  /** The comparison when both answers have ended. Never rejects for a failure of a model. */
  readonly done: Promise<Comparison>;
}

/**
 * What happens in a comparison: itself first, then the chunks of both sides as they come, then
 * itself as it ended. `id` tells what was read of both sides: give it as `after` to go on behind
 * it.
 */
export type ComparisonEvent =
  | { readonly type: 'comparison' | 'done'; readonly id: string; readonly comparison: Comparison }
  | { readonly type: 'left' | 'right'; readonly id: string; readonly chunk: Chunk };

export interface ComparisonReadOptions {
  /** The `id` of an event. Default: from the beginning. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

export interface Vote {
  readonly choice: VoteChoice;
}

/** A prompt and what was answered: by one model, or by two side by side. */
export interface Turn {
  /** The item of the prompt. */
  readonly messageId: ItemId;
  readonly threadId: ThreadId;
  readonly promptText: string;
  /** `null` where no model is known, or the comparison is blind to the caller; likewise below. */
  readonly model1Name: string | null;
  /** The text of the answer; `null` where there is none. */
  readonly model1Response: string | null;
  readonly model1TimeMs: number | null;
  /** The right side of a comparison; `null`, as all below, where only one model was asked. */
  readonly model2Name: string | null;
  readonly model2Response: string | null;
  readonly model2TimeMs: number | null;
  readonly comparisonId: string | null;
  /** The caller's own. */
  readonly voteChoice: VoteChoice | null;
  readonly createdAt: string;
}

/** How a model stands. */
export interface Standing {
  /**
   * 1, and one more for every model that is surely better: whose interval lies above this one's.
   */
  readonly rank: number;
  readonly model: string;
  /**
   * On the scale of Elo's chess ratings: 400 more are preferred ten times as often. The mean is
   * 1,000.
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
  /** The votes that were counted. */
  readonly votes: number;
  /**
   * Whether these are all there are: the votes of a large project are counted over several calls.
   */
  readonly isComplete: boolean;
}

export interface ComparisonsApi {
  /**
   * Asks two models the same at once. Throws `invalid_request` for a model that is not configured
   * or the same one twice, `conflict` as runs do.
   */
  create(
    threadId: string,
    comparison: NewComparison,
    options?: WriteOptions,
  ): Promise<StartedComparison>;
  get(threadId: string, comparisonId: string): Promise<Comparison>;
  /** In the order in which they were made. */
  list(threadId: string, options?: PageOptions): Promise<Page<Comparison>>;
  /** Both answers as they are made. Throws `not_found` once their chunks are gone. */
  read(
    threadId: string,
    comparisonId: string,
    options?: ComparisonReadOptions,
  ): AsyncGenerator<ComparisonEvent, void, undefined>;
  /**
   * Votes as the caller, once and for good: the same again changes nothing. Throws `conflict` for
   * another choice after the first, and where not both answers are whole.
   */
  vote(
    threadId: string,
    comparisonId: string,
    vote: Vote,
    options?: WriteOptions,
  ): Promise<Comparison>;
  /** The models by the votes of the whole project; for everybody who is signed in. */
  leaderboard(): Promise<Leaderboard>;
  /** Prompts and answers, in the order of the thread. */
  turns(threadId: string, options?: PageOptions): Promise<Page<Turn>>;
}
