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
import { buildPrompt, type Prompt } from './model-messages.ts';
import { isApprovedCall, ModelWatch, type ResponderTimeouts } from './model-watch.ts';
import { cares, type Care } from './prompt/care.ts';
import { commonDialect, dialectOf, type Dialect } from './prompt/dialect.ts';
import { lostText } from './prompt/sound-parts.ts';
import { smallWindowOf } from './small-windows.ts';
import { isRefusal, orRunFailure, toRunFailure } from './run-failures.ts';

/** Options of both models and agents. */
interface CommonOptions {
  /** The name by which people choose it, such as `openai/gpt-5`. */
  readonly name: string;
  /**
   * The timeouts in milliseconds; a number counts for both. Default: 60,000 for the first chunk,
   * 30,000 between two.
   */
  readonly timeoutMs?: number | ResponderTimeouts;
  /**
   * How many tokens the model's window has. Its prompts leave room in it for the instructions and
   * the answer. Default: that of some old models, which is small and known (`small-windows.ts`);
   * for all others the store's `contextBytesMax` counts.
   */
  readonly contextTokens?: number;
  /** The text about a tool that threw, for people and the model. Default: only that it failed. */
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
  /**
   * The tools that wait for a person, such as `{ weather: 'user-approval' }`; passed to the AI
   * SDK's option of this name.
   */
  readonly toolApproval?: Parameters<typeof streamText>[0]['toolApproval'];
  /** The most calls of the model for one answer, with tools in between. Default 20. */
  readonly maxSteps?: number;
  /** An alternative to `maxSteps`. */
  readonly stopWhen?: StopCondition<ToolSet> | StopCondition<ToolSet>[];
  /** How often a failed request is repeated before the run fails. Default 2. */
  readonly maxRetries?: number;
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  readonly providerOptions?: Parameters<typeof streamText>[0]['providerOptions'];
}

/** The part of the AI SDK's `Agent` that is used here; `ToolLoopAgent` is one. */
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
 * Makes a responder of a model or agent of the AI SDK. Its chunks are those of a UI message stream;
 * the `finish` chunk has the token counts in `messageMetadata.usage`. Failures are `RunFailure`s
 * with one of the codes `provider_error`, `rate_limited`, `timeout` and `invalid_request`.
 *
 * @example
 * const responder = createResponder({ name: 'openai/gpt-5', model: openai('gpt-5') });
 * const { done } = await project.runs.start(thread.id, { input: 'Hello.', responder });
 */
export function createResponder(options: ResponderOptions): Responder {
  const { name, isDemo = false } = options;
  if ('agent' in options) {
    const agent = { name, kind: 'agent', isDemo, ...windowOf(options) } as const;
    return { ...agent, respond: (context) => respond(options, agentStream(options), context) };
  }
  return {
    name,
    kind: options.kind ?? 'model',
    isDemo,
    ...windowOf(options),
    respond: (context) => respond(options, modelStream(options), context),
    complete: (prompt, signal) => complete(options, prompt, signal),
  };
}

function windowOf(options: ResponderOptions): Pick<Responder, 'contextTokensMax'> {
  const model = 'agent' in options ? modelOfAgent(options.agent) : options.model;
  const modelId = typeof model === 'string' ? model : (model?.modelId ?? '');
  const contextTokens = options.contextTokens ?? smallWindowOf(modelId);
  if (contextTokens === undefined) return {};
  const { instructions, maxOutputTokens } = options as Partial<ModelResponderOptions>; // or none
  const told = instructions === undefined ? 0 : JSON.stringify(instructions).length / 3;
  const answer = maxOutputTokens ?? Math.min(contextTokens / 4, answerTokensMax);
  // A tenth is for what counts differently than was guessed, and for the tools.
  const left = Math.floor(contextTokens * 0.9 - told - answer);
  return { contextTokensMax: Math.max(left, Math.ceil(contextTokens / 10)) };
}

const answerTokensMax = 16_384;

interface Source {
  readonly tools: ToolSet;
  dialect(care: Care): Promise<Dialect>;
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
    dialect: () => dialectOf(model),
    open: (messages, abortSignal) =>
      Promise.resolve(
        streamText({
          ...settings,
          ...{ model, tools, messages, stopWhen, abortSignal },
          allowSystemInMessages: true,
          // The stream has the error, too; the default would print it to the console.
          onError: () => undefined,
        }).stream,
      ),
  };
}

function agentStream(options: AgentResponderOptions): Source {
  const { agent } = options;
  return {
    tools: agent.tools,
    dialect: async (care) => {
      const model = modelOfAgent(agent);
      const dialect = model === undefined ? commonDialect : await dialectOf(model);
      // An agent may refuse the system's messages, and says so only when it gets them.
      return care === 'usual' ? dialect : { ...dialect, system: 'never' };
    },
    open: async (messages, abortSignal) => {
      const result = await agent.stream({ messages, abortSignal });
      // The type of the parts names the agent's own tools; the code here is the same for all.
      return result.stream as ReadableStream<TextStreamPart<ToolSet>>;
    },
  };
}

/** Agents of the AI SDK keep their model in a field that TypeScript calls private. */
function modelOfAgent(agent: object): LanguageModel | undefined {
  const { settings } = agent as { readonly settings?: { readonly model?: unknown } };
  const model = settings?.model;
  const isModel = typeof model === 'object' && model !== null && 'provider' in model;
  return isModel ? (model as LanguageModel) : undefined; // only models have this field
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
  const watch = new ModelWatch(context, timeoutsOf(options));
  try {
    yield* askPatiently({ options, source, context, watch });
  } catch (error) {
    // A stop is not a failure: the run knows of it and keeps what was said so far.
    if (context.signal.aborted) return;
    throw orRunFailure(watch.signal.aborted ? watch.signal.reason : error);
  } finally {
    watch.end();
  }
}

interface Turn {
  readonly options: CommonOptions;
  readonly source: Source;
  readonly context: TurnContext;
  readonly watch: ModelWatch;
}

/**
 * Asks with all that the provider should take. If it refuses that before it has said anything, it
 * is asked again with less: one bad file must not end a conversation for good.
 */
async function* askPatiently(turn: Turn): AsyncGenerator<Chunk> {
  const begun = new Set<string>();
  let refused: { readonly prompt: Prompt; readonly error: unknown } | undefined;
  for (const care of cares) {
    const prompt = await promptOf(turn, care);
    if (refused && isSame(prompt, refused.prompt)) continue;
    let hasSaid = false;
    try {
      for await (const chunk of ask(turn, prompt)) {
        const isBeginning = chunk.type === 'start' || chunk.type === 'start-step';
        hasSaid ||= !isBeginning;
        if (isBeginning && !hasSaid && begun.has(chunk.type)) continue; // it was sent before
        begun.add(chunk.type);
        yield chunk;
        if (chunk.type === 'start') yield* lostCalls(turn);
      }
      return;
    } catch (error) {
      if (hasSaid || !isRefusal(error)) throw error;
      refused = { prompt, error };
    }
  }
  throw refused?.error;
}

async function promptOf({ source, context, watch }: Turn, care: Care): Promise<Prompt> {
  const { items, continued } = context;
  return buildPrompt(items, {
    ...{ care, tools: source.tools, signal: watch.signal },
    dialect: await source.dialect(care),
    ...(continued && { continuedId: continued.id }),
  });
}

function isSame(a: Prompt, b: Prompt): boolean {
  return JSON.stringify(a.messages) === JSON.stringify(b.messages);
}

async function* ask(
  { options, source, context, watch }: Turn,
  { messages, storedIds }: Prompt,
): AsyncGenerator<Chunk> {
  let failure: unknown;
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
    if (chunk.type === 'abort' && !context.signal.aborted) throw toRunFailure(watch.signal.reason);
    yield toChunk(chunk, context.messageId, storedIds);
  }
}

/** The SDK says nothing of an approved call whose tool is no longer here: it has failed. */
function lostCalls({ source: { tools }, context: { continued } }: Turn): Chunk[] {
  const parts = continued?.parts.filter(isApprovedCall) ?? [];
  return parts.flatMap((part) => {
    const { type, toolName, toolCallId = '', providerExecuted } = part;
    const name = type === 'dynamic-tool' ? toolName : type.slice('tool-'.length);
    const tool = typeof name === 'string' && Object.hasOwn(tools, name) ? tools[name] : undefined;
    if (tool?.execute !== undefined || providerExecuted === true) return [];
    return [{ type: 'tool-output-error', toolCallId, errorText: lostText }];
  });
}

function toChunk(chunk: UIMessageChunk, messageId: string, storedIds: Prompt['storedIds']): Chunk {
  const stored = 'toolCallId' in chunk ? storedIds.get(chunk.toolCallId) : undefined;
  const known = stored === undefined ? chunk : { ...chunk, toolCallId: stored };
  const told = chunk.type === 'start' ? { ...chunk, messageId } : known;
  // A chunk crosses the wire as JSON: clients of the SDK get exactly this.
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
