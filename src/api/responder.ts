import type { ThreadId } from '../shared/ids.ts';
import type { TaggedJson } from '../shared/json.ts';
import type { Item } from './item.ts';

/**
 * One event of an answer that is being made, in the grammar of the AI SDK's UI message stream
 * (ai-sdk.dev, "Stream Protocol"): `start`, `text-delta`, `tool-input-available`, `finish-step`,
 * `finish` and so on. Unknown types and fields are kept.
 */
export type Chunk = TaggedJson;

/** What a turn gives to who answers it. */
export interface TurnContext {
  readonly projectId: string;
  readonly userId: string | undefined;
  readonly threadId: ThreadId;
  readonly runId: string;
  /** The id that the answer has for clients. */
  readonly messageId: string;
  /**
   * The newest items of the thread that the model gets, oldest first, without the errors of earlier
   * runs.
   */
  readonly items: readonly Item[];
  /**
   * The answer that is continued, for instance after a tool's approval. It is the last of `items`.
   */
  readonly continued: Item | undefined;
  /** People must not learn from the answer who gives it: it is one of a blind comparison. */
  readonly isBlind?: boolean;
  /** Aborts when the run is stopped or taken away from this process. */
  readonly signal: AbortSignal;
}

/** Who answers a turn: a model, or an agent made of models and tools. */
export interface Responder {
  /** Such as `openai/gpt-5` or `demo/echo`. */
  readonly name: string;
  readonly kind: 'model' | 'agent';
  /** Answers without a model of the world: for trying things out. */
  readonly isDemo: boolean;
  /**
   * The chunks of one answer. Failures are thrown, as `RunFailure` where what they are is known.
   */
  respond(context: TurnContext): AsyncIterable<Chunk>;
  /** A short text for a prompt, for titles. Left out where there is no such thing. */
  complete?(prompt: string, signal: AbortSignal): Promise<string>;
}

/** The models and agents that are configured, by name. */
export interface ResponderSource {
  /** In the order of the configuration: the first model is the default. */
  list(): readonly Responder[];
  find(kind: 'model' | 'agent', name: string): Responder | undefined;
}
