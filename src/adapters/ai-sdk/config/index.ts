/**
 * Models and agents by configuration: `skein.config.*` and the environment name them. Works without
 * the AI SDK as long as only the demo models answer.
 * @module
 */
export { createDemoResponders, type DemoOptions } from '../demo-responders.ts';
export {
  createResponders,
  loadResponders,
  type ConfiguredResponders,
  type CreateRespondersOptions,
} from './create-responders.ts';
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from './load-config.ts';
export {
  defineConfig,
  type AgentConfig,
  type EndpointModelConfig,
  type ModelConfig,
  type ModelInstance,
  type ProviderModelConfig,
  type SkeinConfig,
} from './skein-config.ts';
