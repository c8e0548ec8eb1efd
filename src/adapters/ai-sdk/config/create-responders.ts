import type { Responder, ResponderSource } from '../../../api/responder.ts';
import type * as CreateResponder from '../create-responder.ts';
import type { ModelResponderOptions } from '../create-responder.ts';
import { createDemoResponders } from '../demo-responders.ts';
import { loadConfig, type LoadConfigOptions } from './load-config.ts';
import { createModel, type ModelSurroundings } from './create-model.ts';
import {
  configError,
  isAgentInstance,
  isModelInstance,
  parseConfig,
  type AgentConfig,
  type ModelConfig,
  type SkeinConfig,
} from './skein-config.ts';

export interface CreateRespondersOptions extends Partial<ModelSurroundings> {
  /** The pause between two words of a demo model, in milliseconds. Default 25. */
  readonly demoPauseMs?: number;
}

/** The models and agents of a configuration. */
export interface ConfiguredResponders extends ResponderSource {
  /** Whether only demo models answer. */
  readonly isDemo: boolean;
}

/**
 * Makes responders of the configured models and agents. Models come first, the default first of
 * all. Without a model, the demo models answer. Throws `invalid_request` for a mistake: a module
 * that is not installed, a key's variable that is not set, a name that refers to nothing.
 */
export async function createResponders(
  config: SkeinConfig,
  options: CreateRespondersOptions = {},
): Promise<ConfiguredResponders> {
  const surroundings = { folder: process.cwd(), env: process.env, ...options };
  const { models = {}, agents = {}, demo } = parseConfig(config, where);
  const configured = new Map<string, ModelResponderOptions>();
  for (const [name, model] of Object.entries(models)) {
    // One after another, so that the first mistake is reported whatever the others do.
    configured.set(name, await toOptions(name, model, surroundings));
  }
  const names = orderOf(config, configured);
  const demos = (demo ?? configured.size === 0) ? createDemos(options) : [];
  const ofDemos = agentsOf(demos, agents);
  const others = Object.entries(agents).filter(([name]) => !ofDemos.has(name));
  const made = await makeAll(names, configured, others);
  const all = withTitles(made, config.titleModel);
  return toSource([...all.models, ...demos, ...ofDemos.values(), ...all.agents]);
}

type Agents = NonNullable<SkeinConfig['agents']>;

/** Loads the configuration, and makes responders of what it names. */
export async function loadResponders(
  options: LoadConfigOptions & Pick<CreateRespondersOptions, 'demoPauseMs'> = {},
): Promise<ConfiguredResponders> {
  const { config, folder } = await loadConfig(options);
  const { env = process.env, demoPauseMs } = options;
  return createResponders(config, {
    folder,
    env,
    ...(demoPauseMs !== undefined && { demoPauseMs }),
  });
}

const where = 'The configuration of models';

async function toOptions(
  name: string,
  config: ModelConfig,
  surroundings: ModelSurroundings,
): Promise<ModelResponderOptions> {
  const model = await createModel(name, config, surroundings);
  if (isModelInstance(config)) return { name, model };
  const { instructions, temperature, maxOutputTokens, maxRetries, timeoutMs } = config;
  const { contextTokens } = config;
  return {
    name,
    model,
    ...(instructions !== undefined && { instructions }),
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(contextTokens !== undefined && { contextTokens }),
  };
}

/** The names of the models, the default first. */
function orderOf(config: SkeinConfig, models: ReadonlyMap<string, unknown>): string[] {
  const { defaultModel, titleModel } = config;
  for (const [path, name] of Object.entries({ defaultModel, titleModel })) {
    if (name !== undefined && !models.has(name)) throw unknownModel(path, name);
  }
  const names = [...models.keys()];
  if (defaultModel === undefined) return names;
  return [defaultModel, ...names.filter((name) => name !== defaultModel)];
}

function unknownModel(path: string, name: string): Error {
  return configError(where, [{ path, message: `there is no model ${name}` }]);
}

function createDemos({ demoPauseMs }: CreateRespondersOptions): Responder[] {
  return createDemoResponders(demoPauseMs === undefined ? {} : { pauseMs: demoPauseMs });
}

/** An agent may name a demo model, so that agents can be tried without a provider, too. */
function agentsOf(demos: readonly Responder[], agents: Agents): Map<string, Responder> {
  const made = new Map<string, Responder>();
  for (const [name, agent] of Object.entries(agents)) {
    const demo = isAgentInstance(agent) ? undefined : demos.find((one) => one.name === agent.model);
    if (demo) made.set(name, { ...demo, name, kind: 'agent' });
  }
  return made;
}

interface Made {
  readonly models: readonly Responder[];
  readonly agents: readonly Responder[];
}

async function makeAll(
  names: readonly string[],
  models: ReadonlyMap<string, ModelResponderOptions>,
  agents: readonly (readonly [name: string, agent: Agents[string]])[],
): Promise<Made> {
  if (names.length === 0 && agents.length === 0) return { models: [], agents: [] };
  const { createResponder } = await importSdk();
  return {
    models: names.map((name) => createResponder(models.get(name)!)), // the names are the map's keys
    agents: agents.map(([name, agent]) =>
      createResponder(
        isAgentInstance(agent) ? { name, agent } : agentOptions(name, agent, models, names[0]),
      ),
    ),
  };
}

/** The AI SDK is imported only here: the demo models work without it. */
async function importSdk(): Promise<typeof CreateResponder> {
  try {
    return await import('../create-responder.ts');
  } catch (error) {
    const message = 'the AI SDK cannot be loaded; is it installed? npm install ai';
    throw configError(where, [{ path: '', message }], error);
  }
}

function agentOptions(
  name: string,
  { model, ...settings }: AgentConfig,
  models: ReadonlyMap<string, ModelResponderOptions>,
  defaultModel: string | undefined,
): ModelResponderOptions {
  const modelName = model ?? defaultModel;
  const base = modelName === undefined ? undefined : models.get(modelName);
  if (base === undefined) throw unknownModel(`agents.${name}.model`, modelName ?? 'by default');
  return { ...base, ...settings, name, kind: 'agent' };
}

/**
 * The responder of a thread also names it. A title model names all threads; the default model helps
 * responders that cannot.
 */
function withTitles({ models, agents }: Made, titleModel: string | undefined): Made {
  const chosen = models.find(({ name }) => name === titleModel);
  const withTitle = (responder: Responder): Responder => {
    const namer = chosen ?? (responder.complete ? responder : models[0]);
    if (namer?.complete === undefined) return responder;
    // The line above checks it.
    return { ...responder, complete: (...asked) => namer.complete!(...asked) };
  };
  return { models: models.map(withTitle), agents: agents.map(withTitle) };
}

function toSource(all: readonly Responder[]): ConfiguredResponders {
  return {
    list: () => all,
    find: (kind, name) =>
      all.find((responder) => responder.kind === kind && responder.name === name),
    isDemo: all.every((responder) => responder.isDemo),
  };
}
