import type { ThreadId } from '../shared/ids.ts';
import type { TaggedJson } from '../shared/json.ts';
import type { Item } from './item.ts';

/**
 * One event of a streaming answer, in the grammar of the AI SDK's UI message stream (ai-sdk.dev,
 * "Stream Protocol"): `start`, `text-delta`, `tool-input-available`, `finish-step`, `finish` and so
 * on. Unknown types and fields are kept.
 */
export type Chunk = TaggedJson;

/** What a responder gets to answer a turn. */
export interface TurnContext {
  readonly projectId: string;
  readonly userId: string | undefined;
  readonly threadId: ThreadId;
  readonly runId: string;
  /** The answer's id for clients. */
  readonly messageId: string;
  /**
   * The newest items of the thread that the model may see, oldest first, without the errors of
   * earlier runs.
   */
  readonly items: readonly Item[];
  /** The answer to continue, for instance after a tool's approval. It is the last of `items`. */
  readonly continued: Item | undefined;
  /** The answer is part of a blind comparison and must not reveal which model wrote it. */
  readonly isBlind?: boolean;
  /** Aborts when the run is stopped or another process takes it over. */
  readonly signal: AbortSignal;
}

/** Answers turns: a model, or an agent made of models and tools. */
export interface Responder {
  /** For example `openai/gpt-5` or `demo/echo`. */
  readonly name: string;
  readonly kind: 'model' | 'agent';
  /** A demonstration that calls no real model. */
  readonly isDemo: boolean;
  /**
   * How many tokens the items of a turn may have. Default: the store's `contextBytesMax` counts
   * instead.
   */
  readonly contextTokensMax?: number;
  /** Streams the chunks of one answer. Throws `RunFailure` if the cause of a failure is known. */
  respond(context: TurnContext): AsyncIterable<Chunk>;
  /** A short text for a prompt, for titles. Absent if the responder cannot write one. */
  complete?(prompt: string, signal: AbortSignal): Promise<string>;
}

/** The models and agents that are configured, by name. */
export interface ResponderSource {
  /** In the order of the configuration: the first model is the default. */
  list(): readonly Responder[];
  find(kind: 'model' | 'agent', name: string): Responder | undefined;
}
