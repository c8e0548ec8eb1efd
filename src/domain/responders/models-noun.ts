import type { ModelsApi, ModelList } from '../../api/model.ts';
import type { Noun } from '../base/noun.ts';
import { SkeinError } from '../../shared/error.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { defaultModelOf } from './choose-responder.ts';

/** The models and agents that can answer. */
export const modelsNoun: Noun<{ models: ModelsApi }> = {
  name: 'models',
  api: (reading) => ({ models: { list: () => listModels(reading) } }),
};

/** See `ModelsApi.list`. Synchronous, except that errors reject, as elsewhere. */
function listModels(reading: Reading): Promise<ModelList> {
  return Promise.resolve().then(() => readModels(reading));
}

/**
 * Only signed-in users can start runs; other callers need no names, which reveal details of the
 * host.
 */
function readModels({ core, principal }: Reading): ModelList {
  mustUserId(principal);
  // Elsewhere the engine throws this, but this function makes no engine call.
  if (!core.isOpen()) throw new SkeinError('unavailable', 'The store is closed.');
  const known = core.responders?.list() ?? [];
  const defaultModel = defaultModelOf(known);
  const data = known.slice(0, listedMax).map((responder) => ({
    name: responder.name,
    kind: responder.kind,
    isDemo: responder.isDemo,
    isDefault: responder === defaultModel,
  }));
  return { data };
}

/** Configurations are small, but a source that a program provides need not be. */
const listedMax = 1000;
