import { configError, type EndpointModelConfig } from './skein-config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The models that the environment names, of one OpenAI-compatible endpoint: `SKEIN_MODEL_BASE_URL`,
 * `SKEIN_MODELS` (the endpoint's names, separated by commas), and `SKEIN_MODEL_API_KEY` if it needs
 * a key. People choose them as `<label>/<model>`; the label is `SKEIN_MODEL_LABEL`, or else the
 * host.
 *
 * Variables of other programs (`OPENAI_API_KEY`, `OLLAMA_HOST`) configure no model: the presence of
 * a key is no permission to send conversations to its provider.
 */
export function modelsOfEnvironment(env: Environment): Record<string, EndpointModelConfig> {
  const baseUrl = env.SKEIN_MODEL_BASE_URL?.trim() ?? '';
  const models = (env.SKEIN_MODELS ?? '').split(',').flatMap((name) => name.trim() || []);
  if (baseUrl === '' && models.length === 0) return {};
  if (baseUrl === '')
    throw missing('SKEIN_MODEL_BASE_URL', 'SKEIN_MODELS', 'http://localhost:11434/v1');
  if (models.length === 0) throw missing('SKEIN_MODELS', 'SKEIN_MODEL_BASE_URL', 'llama3.2,qwen3');
  const label = env.SKEIN_MODEL_LABEL?.trim() || hostOf(baseUrl);
  const apiKey = env.SKEIN_MODEL_API_KEY?.trim();
  const endpoint = { baseUrl, ...(apiKey ? { apiKey } : {}) };
  return Object.fromEntries(models.map((model) => [`${label}/${model}`, { ...endpoint, model }]));
}

function hostOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.hostname;
  const message = 'must be an http or https URL';
  throw configError('The environment', [{ path: 'SKEIN_MODEL_BASE_URL', message }]);
}

function missing(path: string, other: string, example: string): Error {
  const message = `must be set if ${other} is set, for instance to ${example}`;
  return configError('The environment', [{ path, message }]);
}
