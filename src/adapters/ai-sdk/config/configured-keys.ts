import type { Environment } from './models-of-environment.ts';
import { isModelInstance, type ModelConfig, type SkeinConfig } from './skein-config.ts';

/**
 * The keys of a configuration, to keep them out of logs: those of its models, all texts of their
 * headers and options, and the environment variables in which provider modules look for keys.
 */
export function configuredKeys({ models = {} }: SkeinConfig, env: Environment): string[] {
  const ofEnvironment = Object.entries(env).filter(([name]) => keyVariable.test(name));
  const found = [
    ...Object.values(models).flatMap((model) => keysOf(model, env)),
    ...ofEnvironment.map(([, value]) => value),
  ];
  return [...new Set(found.flatMap((key) => key || []))];
}

const keyVariable = /_(?:API_KEY|ACCESS_KEY|TOKEN|SECRET)$/i;

function keysOf(model: ModelConfig, env: Environment): (string | undefined)[] {
  if (isModelInstance(model)) return []; // it keeps its key to itself
  const { apiKey, apiKeyEnv } = model;
  const texts = textsIn('baseUrl' in model ? model.headers : model.options);
  return [
    apiKey,
    ...(apiKeyEnv === undefined ? [] : [env[apiKeyEnv]]),
    ...texts,
    ...texts.flatMap((text) => /^(?:bearer|basic) (.+)$/i.exec(text)?.[1] ?? []),
  ];
}

/** Options may hold anything, such as functions and clients, and may be cyclic. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth === depthMax) return [];
  return Object.values(value).flatMap((inner: unknown) => textsIn(inner, depth + 1));
}

const depthMax = 4;
