import {
  generateText,
  isStepCount,
  streamText,
  toUIMessageStream,
  type Instructions,
  type LanguageModel,
  type ModelMessage,
  type StopCondition,
  type TextStreamPart,
  type ToolSet,
  type UIMessageChunk,
} from 'ai';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { toModelMessages } from './model-messages.ts';
import { ModelWatch, type ResponderTimeouts } from './model-watch.ts';
import { orRunFailure, toRunFailure } from './run-failures.ts';

/** What is the same for models and agents. */
interface CommonOptions {
  /** Such as `openai/gpt-5`; what people choose it by. */
  readonly name: string;
  /** How long to wait. A number counts for both. Default: 60,000 for the first chunk, 30,000 between two. */
  readonly timeoutMs?: number | ResponderTimeouts;
  /** What people and the model are told of a tool that threw. Default: that it failed, and nothing else. */
  readonly toolErrorText?: (error: unknown) => string;
  /** Default false. */
  readonly isDemo?: boolean;
}

export interface ModelResponderOptions extends CommonOptions {
  readonly model: LanguageModel;
  /** Default `model`. */
  readonly kind?: 'model' | 'agent';
  readonly instructions?: Instructions;
  readonly tools?: ToolSet;
  /** Which tools wait for a person, such as `{ weather: 'user-approval' }`; as the AI SDK's option of this name. */
  readonly toolApproval?: Parameters<typeof streamText>[0]['toolApproval'];
  /** How many times the model is asked for one answer, tools in between. Default 20. */
  readonly maxSteps?: number;
  /** Instead of `maxSteps`. */
  readonly stopWhen?: StopCondition<ToolSet> | StopCondition<ToolSet>[];
  /** How many times a request that failed is made again before the run fails. Default 2. */
  readonly maxRetries?: number;
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  readonly providerOptions?: Parameters<typeof streamText>[0]['providerOptions'];
}

/** The part of the AI SDK's `Agent` that is used; `ToolLoopAgent` is one. */
export interface AgentLike {
  readonly tools: ToolSet;
  stream(options: {
    messages: ModelMessage[];
    abortSignal: AbortSignal;
  }): PromiseLike<{ readonly stream: ReadableStream<unknown> }>;
}

export interface AgentResponderOptions extends CommonOptions {
  readonly agent: AgentLike;
}

export type ResponderOptions = ModelResponderOptions | AgentResponderOptions;

/**
 * Makes a model, or an agent, of the AI SDK one that answers turns. Its chunks are those of a UI message
 * stream; the tokens that were used are in `messageMetadata.usage` of the `finish` chunk. What fails, fails
 * as a `RunFailure` with one of the codes `provider_error`, `rate_limited`, `timeout` and `invalid_request`.
 *
 * @example
 * const responder = createResponder({ name: 'openai/gpt-5', model: openai('gpt-5') });
 * const { done } = await project.runs.start(thread.id, { input: 'Hello.', responder });
 */
export function createResponder(options: ResponderOptions): Responder {
  const { name, isDemo = false } = options;
  if ('agent' in options) {
    const agent = { name, kind: 'agent', isDemo } as const;
    return { ...agent, respond: (context) => respond(options, agentStream(options), context) };
  }
  return {
    name,
    kind: options.kind ?? 'model',
    isDemo,
    respond: (context) => respond(options, modelStream(options), context),
    complete: (prompt, signal) => complete(options, prompt, signal),
  };
}

interface Source {
  readonly tools: ToolSet;
  open(
    messages: ModelMessage[],
    signal: AbortSignal,
  ): PromiseLike<ReadableStream<TextStreamPart<ToolSet>>>;
}

function modelStream(options: ModelResponderOptions): Source {
  const {
    model,
    tools = {},
    instructions,
    temperature,
    maxOutputTokens,
    providerOptions,
  } = options;
  const stopWhen = options.stopWhen ?? isStepCount(options.maxSteps ?? 20);
  const settings = {
    ...(instructions !== undefined && { instructions }),
    ...(options.toolApproval !== undefined && { toolApproval: options.toolApproval }),
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(providerOptions !== undefined && { providerOptions }),
    ...(options.maxRetries !== undefined && { maxRetries: options.maxRetries }),
  };
  return {
    tools,
    open: (messages, abortSignal) =>
      Promise.resolve(
        streamText({
          ...settings,
          ...{ model, tools, messages, stopWhen, abortSignal },
          allowSystemInMessages: true,
          onError: () => undefined, // it is in the stream, too; the default writes it to the console
        }).stream,
      ),
  };
}

function agentStream(options: AgentResponderOptions): Source {
  const { agent } = options;
  return {
    tools: agent.tools,
    open: async (messages, abortSignal) => {
      const result = await agent.stream({ messages, abortSignal });
      // The parts' type names the agent's own tools; here it is the same for all.
      return result.stream as ReadableStream<TextStreamPart<ToolSet>>;
    },
  };
}

function timeoutsOf({ timeoutMs }: CommonOptions): Required<ResponderTimeouts> {
  const given =
    typeof timeoutMs === 'number' ? { firstChunk: timeoutMs, betweenChunks: timeoutMs } : timeoutMs;
  return { firstChunk: 60_000, betweenChunks: 30_000, ...given };
}

async function* respond(
  options: CommonOptions,
  source: Source,
  context: TurnContext,
): AsyncGenerator<Chunk> {
  const { items, continued, signal, messageId } = context;
  const watch = new ModelWatch(context, timeoutsOf(options));
  let failure: unknown;
  try {
    const messages = await toModelMessages(items, {
      tools: source.tools,
      ...(continued && { continuedId: continued.id }),
    });
    const chunks = toUIMessageStream({
      stream: await source.open(messages, watch.signal),
      tools: source.tools,
      sendSources: true,
      onError: options.toolErrorText ?? (() => 'The tool failed.'),
      messageMetadata: ({ part }) => {
        watch.see(part);
        if (part.type === 'error') failure = part.error;
        return part.type === 'finish' ? { usage: usageOf(part.totalUsage) } : undefined;
      },
    });
    for await (const chunk of chunks) {
      if (chunk.type === 'error') throw toRunFailure(failure);
      if (chunk.type === 'abort' && !signal.aborted) throw toRunFailure(watch.signal.reason);
      yield toChunk(chunk, messageId);
    }
  } catch (error) {
    // A stop is no failure: the run knows of it, and what was said so far is kept.
    if (signal.aborted) return;
    throw orRunFailure(watch.signal.aborted ? watch.signal.reason : error);
  } finally {
    watch.end();
  }
}

function toChunk(chunk: UIMessageChunk, messageId: string): Chunk {
  const told = chunk.type === 'start' ? { ...chunk, messageId } : chunk;
  // What a chunk carries goes over the wire as JSON: this is what clients of the SDK get.
  return JSON.parse(JSON.stringify(told)) as Chunk;
}

function usageOf(
  usage: Record<UsageField, number | undefined>,
): Partial<Record<UsageField, number>> {
  const counts = usageFields.map((field) => [field, usage[field]] as const);
  return Object.fromEntries(counts.filter(([, count]) => count !== undefined));
}

const usageFields = ['inputTokens', 'outputTokens', 'totalTokens'] as const;
type UsageField = (typeof usageFields)[number];

async function complete(
  options: ModelResponderOptions,
  prompt: string,
  abortSignal: AbortSignal,
): Promise<string> {
  const { model, maxRetries, providerOptions } = options;
  try {
    const { text } = await generateText({
      ...{ model, prompt, abortSignal },
      ...(maxRetries !== undefined && { maxRetries }),
      ...(providerOptions !== undefined && { providerOptions }),
      timeout: timeoutsOf(options).firstChunk,
    });
    return text;
  } catch (error) {
    if (abortSignal.aborted) throw error;
    throw toRunFailure(error);
  }
}
