import { SkeinError } from '../../shared/error.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { defaultModelOf } from './choose-responder.ts';
import type { ModelList } from '../../api/model.ts';

/** See `ModelsApi.list`. Synchronous, except that errors reject, as elsewhere. */
export function listModels(reading: Reading): Promise<ModelList> {
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
