import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Endpoints from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import type { Environment } from './models-of-environment.ts';
import {
  configError,
  isModelInstance,
  type EndpointModelConfig,
  type ModelConfig,
  type ModelInstance,
  type ProviderModelConfig,
} from './skein-config.ts';

export interface ModelSurroundings {
  /** The folder from which provider modules are resolved. */
  readonly folder: string;
  readonly env: Environment;
}

/**
 * Makes a model of the AI SDK from a configured one. Throws `invalid_request` if that is
 * impossible.
 */
export async function createModel(
  name: string,
  config: ModelConfig,
  surroundings: ModelSurroundings,
): Promise<LanguageModel> {
  const model = isModelInstance(config)
    ? config
    : 'baseUrl' in config
      ? await createEndpointModel(name, config, surroundings)
      : createProviderModel(name, config, surroundings);
  return model as LanguageModel; // it has the method that the SDK calls
}

async function createEndpointModel(
  name: string,
  config: EndpointModelConfig,
  { env }: ModelSurroundings,
): Promise<ModelInstance> {
  const apiKey = keyOf(name, config, env);
  const { createOpenAICompatible } = await importEndpoints(name);
  const provider = createOpenAICompatible({
    name: 'endpoint',
    baseURL: config.baseUrl,
    includeUsage: true,
    ...(apiKey !== undefined && { apiKey }),
    ...(config.headers && { headers: config.headers }),
  });
  return provider.chatModel(config.model);
}

async function importEndpoints(name: string): Promise<typeof Endpoints> {
  try {
    return await import('@ai-sdk/openai-compatible');
  } catch (error) {
    throw notInstalled(name, '@ai-sdk/openai-compatible', error);
  }
}

function createProviderModel(
  name: string,
  config: ProviderModelConfig,
  { folder, env }: ModelSurroundings,
): ModelInstance {
  const { provider: specifier, model, options } = config;
  const apiKey = keyOf(name, config, env);
  const create = findCreate(specifier, requireModule(name, specifier, folder));
  if (create === undefined) {
    throw modelError(name, 'provider', `${specifier} is not a provider module of the AI SDK`);
  }
  const provider = create({ ...options, ...(apiKey !== undefined && { apiKey }) });
  const made = modelOf(provider, model);
  if (isModelInstance(made)) return made;
  throw modelError(name, 'provider', `${specifier} has no language models`);
}

/** Resolved from the configuration's folder: providers are the application's own packages. */
function requireModule(name: string, specifier: string, folder: string): object {
  try {
    const module: unknown = createRequire(pathToFileURL(join(folder, 'skein.config.js')))(
      specifier,
    );
    return typeof module === 'object' && module !== null ? module : {};
  } catch (error) {
    throw notInstalled(name, specifier, error);
  }
}

type Create = (options: object) => unknown;

/**
 * The function that makes a provider: `createOpenAI` of `@ai-sdk/openai`; among several, the one
 * named like the package.
 */
function findCreate(specifier: string, module: object): Create | undefined {
  const named = Object.entries(module).filter(
    (entry): entry is [string, Create] =>
      /^create[A-Z]/.test(entry[0]) && typeof entry[1] === 'function',
  );
  const wanted = `create${specifier
    .split('/')
    .at(-1)!
    .replaceAll(/[^a-z0-9]/gi, '')}`.toLowerCase();
  const found = named.find(([key]) => key.toLowerCase() === wanted) ?? named[0];
  return found?.[1];
}

function modelOf(provider: unknown, model: string): unknown {
  if (provider === null || (typeof provider !== 'object' && typeof provider !== 'function'))
    return undefined;
  // A provider of the AI SDK, by its specification (ProviderV4).
  const { languageModel } = provider as { languageModel?: unknown };
  if (typeof languageModel !== 'function') return undefined;
  const made: unknown = Reflect.apply(languageModel, provider, [model]);
  return made;
}

function keyOf(
  name: string,
  { apiKey, apiKeyEnv }: Pick<EndpointModelConfig, 'apiKey' | 'apiKeyEnv'>,
  env: Environment,
): string | undefined {
  if (apiKeyEnv === undefined) return apiKey;
  const value = env[apiKeyEnv];
  if (value === undefined || value === '') {
    throw modelError(name, 'apiKeyEnv', `the environment variable ${apiKeyEnv} is not set`);
  }
  return value;
}

function notInstalled(name: string, specifier: string, cause: unknown): Error {
  const reason = cause instanceof Error ? ` (${cause.message.split('\n')[0]})` : '';
  const message = `${specifier} cannot be loaded; is it installed? npm install ${specifier}${reason}`;
  return configError(where, [{ path: `models.${name}`, message }], cause);
}

const where = 'The configuration of models';

function modelError(name: string, field: string, message: string): Error {
  const issue = { path: `models.${name}.${field}`, message };
  return configError(where, [issue]);
}
