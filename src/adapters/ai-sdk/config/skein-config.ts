import { z } from 'zod';
import type { FeedRules } from '../../../api/access.ts';
import type { RateLimits } from '../../../api/rate-limit.ts';
import type { RunBounds, RunOptions } from '../../../api/run-options.ts';
import { SkeinError, type Issue } from '../../../shared/error.ts';
import type { AgentLike, ModelResponderOptions } from '../create-responder.ts';

/** Options of every configured model. */
interface CommonModelConfig extends Pick<
  ModelResponderOptions,
  'temperature' | 'maxOutputTokens' | 'maxRetries' | 'timeoutMs' | 'contextTokens'
> {
  /** The provider's name for the model, such as `gpt-5` or `llama3.2`. */
  readonly model: string;
  /** The system prompt of the model. */
  readonly instructions?: string;
  readonly apiKey?: string;
  /** The environment variable that holds the key, so that the file does not. */
  readonly apiKeyEnv?: string;
}

/**
 * A model behind an endpoint that speaks OpenAI's chat completions: Ollama, vLLM, OpenAI, gateways.
 */
export interface EndpointModelConfig extends CommonModelConfig {
  /** Including the version, such as `http://localhost:11434/v1`. */
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A model of a provider module of the AI SDK, installed next to the configuration. */
export interface ProviderModelConfig extends CommonModelConfig {
  /** The package, such as `@ai-sdk/openai`. Without a key it uses its own environment variable. */
  readonly provider: string;
  /** Further settings of the provider, for the module's `create…` function. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * A model object of the AI SDK, such as `openai('gpt-5')`. Only in a configuration that is code.
 */
export interface ModelInstance {
  readonly provider: string;
  readonly modelId: string;
  doStream(...values: never[]): unknown;
}

export type ModelConfig = EndpointModelConfig | ProviderModelConfig | ModelInstance;

/** A configured model with instructions, and tools if the configuration is code. */
export interface AgentConfig {
  /** The name of one of `models`. Default: the default model. */
  readonly model?: string;
  readonly instructions?: string;
  readonly tools?: NonNullable<ModelResponderOptions['tools']>;
  /** The tools that wait for a person's approval, such as `{ "weather": "user-approval" }`. */
  readonly toolApproval?: NonNullable<ModelResponderOptions['toolApproval']>;
  /** Default 20. */
  readonly maxSteps?: number;
}

export interface SkeinConfig {
  /** By the names under which people choose them. The first is the default. */
  readonly models?: Readonly<Record<string, ModelConfig>>;
  /** Objects such as `new ToolLoopAgent(…)` are accepted, too. */
  readonly agents?: Readonly<Record<string, AgentConfig | AgentLike>>;
  /** One of `models`. */
  readonly defaultModel?: string;
  /** The one of `models` that names threads. Default: the model that answers in the thread. */
  readonly titleModel?: string;
  /** Whether to offer the demo models. Default: only if there is no other model. */
  readonly demo?: boolean;
  /** What a run may take; each bound has a default. `skein serve` goes by it. */
  readonly runs?: Partial<ConfiguredBounds>;
  /** How many requests `skein serve` takes. Default: any number. */
  readonly rateLimits?: RateLimits;
  /** Whom the feeds of a kind of record are for, by `scopeType`. Default: their owners. */
  readonly feeds?: FeedRules;
}

type ConfiguredBounds = RunBounds & Pick<RunOptions, 'contextItemsMax' | 'contextBytesMax'>;

/**
 * Gives a configuration in TypeScript its type; returns it unchanged.
 *
 * @example
 * export default defineConfig({
 *   models: { 'openai/gpt-5': { provider: '@ai-sdk/openai', model: 'gpt-5' } },
 * });
 */
export function defineConfig(config: SkeinConfig): SkeinConfig {
  return config;
}

/**
 * Checks a configuration from any source. `where` begins the message, for example the file's name.
 */
export function parseConfig(value: unknown, where: string): SkeinConfig {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) throw configError(where, toIssues(parsed.error));
  const config = value as SkeinConfig; // it fits the schema, which defines the type
  const issues = nameIssues(config);
  if (issues.length > 0) throw configError(where, issues);
  return config;
}

export function configError(where: string, issues: readonly Issue[], cause?: unknown): SkeinError {
  const lines = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new SkeinError('invalid_request', `${where}: ${lines.join('; ')}`, { issues, cause });
}

const text = z.string({ error: 'must be a text' }).min(1, 'must not be empty');
const count = z.int({ error: 'must be a whole number' }).min(0, 'must not be negative');
const durationMs = z
  .number({ error: 'must be a number of milliseconds' })
  .positive('must be more than 0');

const common = {
  model: text,
  instructions: text.optional(),
  apiKey: text.optional(),
  apiKeyEnv: text.optional(),
  temperature: z.number({ error: 'must be a number' }).optional(),
  maxOutputTokens: count.optional(),
  maxRetries: count.optional(),
  contextTokens: count.min(1, 'must be at least 1').optional(),
  timeoutMs: z
    .union([
      durationMs,
      z.strictObject({ firstChunk: durationMs.optional(), betweenChunks: durationMs.optional() }),
    ])
    .optional(),
};
const endpointModel = z.strictObject({
  ...common,
  baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  headers: z.record(z.string(), z.string()).optional(),
});
const providerModel = z.strictObject({
  ...common,
  provider: text,
  options: z.record(z.string(), z.unknown()).optional(),
});

export function isModelInstance(value: unknown): value is ModelInstance {
  return hasMethod(value, 'doStream');
}

export function isAgentInstance(value: unknown): value is AgentLike {
  return hasMethod(value, 'stream');
}

function hasMethod(value: unknown, name: string): boolean {
  // Any object can be read as one with unknown fields.
  return isObject(value) && typeof (value as Record<string, unknown>)[name] === 'function';
}

function isObjectOrFunction(value: unknown): boolean {
  return isObject(value) || typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * The kind is chosen by the fields that the entry has, so that errors concern the intended kind.
 */
const model = z.unknown().superRefine((value, context) => {
  if (isModelInstance(value)) return;
  const schema = !isObject(value)
    ? undefined
    : 'baseUrl' in value
      ? endpointModel
      : 'provider' in value
        ? providerModel
        : undefined;
  if (schema === undefined) context.addIssue(neither);
  else addIssues(schema, value, context);
});

const neither =
  'must have a baseUrl (an OpenAI-compatible endpoint) or a provider (a module of the AI SDK), or be a model object of the AI SDK';

const agentSettings = z.strictObject({
  model: text.optional(),
  instructions: text.optional(),
  tools: z.record(z.string(), z.custom(isObject, 'must be a tool of the AI SDK')).optional(),
  toolApproval: z.custom(isObjectOrFunction, 'must map each tool to how it is approved').optional(),
  maxSteps: count.min(1, 'must be at least 1').optional(),
});
const agent = z.unknown().superRefine((value, context) => {
  if (!isAgentInstance(value)) addIssues(agentSettings, value, context);
});

function addIssues(schema: z.ZodType, value: unknown, context: z.RefinementCtx): void {
  const { error } = schema.safeParse(value);
  for (const issue of error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
  }
}

const name = z
  .string()
  .regex(/^(?!demo\/)[^\p{Cc}]{1,128}$/u, 'must be 1 to 128 characters, and not begin with demo/');

const bound = count.min(1, 'must be at least 1').optional();
const bounds: Record<keyof ConfiguredBounds, typeof bound> = {
  // A longer timer would fire at once.
  runMsMax: count
    .min(1, 'must be at least 1')
    .max(2 ** 31 - 1, 'must be at most 24 days')
    .optional(),
  runChunksMax: bound,
  runCharactersMax: bound,
  runsPerUserMax: bound,
  contextItemsMax: count.min(1, 'must be at least 1').max(1000, 'must be at most 1000').optional(),
  contextBytesMax: bound,
};

const rate = z.number({ error: 'must be a number' });
const rateLimit = z.strictObject({
  perSecond: rate.positive('must be more than 0'),
  burst: rate.min(1, 'must be at least 1').optional(),
});

const configSchema = z.strictObject(
  {
    $schema: z.string().optional(),
    models: z.record(name, model).optional(),
    agents: z.record(name, agent).optional(),
    defaultModel: text.optional(),
    titleModel: text.optional(),
    demo: z.boolean({ error: 'must be true or false' }).optional(),
    runs: z.strictObject(bounds).optional(),
    rateLimits: z
      .strictObject({ perCaller: rateLimit.optional(), perProject: rateLimit.optional() })
      .optional(),
    feeds: z
      .record(name, z.enum(['project', 'members'], { error: 'must be project or members' }))
      .optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
);

function toIssues(error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: messageOf(issue) }];
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'is not a known field',
    }));
  });
}

/** The problem of a record's key is one level down. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

/** Some places choose models and agents by name alone, so their names must differ. */
function nameIssues({ agents = {}, models = {} }: SkeinConfig): Issue[] {
  return Object.keys(agents)
    .filter((agentName) => Object.hasOwn(models, agentName))
    .map((agentName) => ({
      path: `agents.${agentName}`,
      message: 'must not be the name of a model, too',
    }));
}
