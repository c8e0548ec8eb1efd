import { SkeinError } from '../../shared/error.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { defaultModelOf } from './choose-responder.ts';
import type { ModelList } from '../../api/model.ts';

/** See `ModelsApi.list`. It waits for nothing, but what it throws rejects, as elsewhere. */
export function listModels(reading: Reading): Promise<ModelList> {
  return Promise.resolve().then(() => readModels(reading));
}

/** Only who is signed in can start runs: others have no use for names, which tell of the host. */
function readModels({ core, principal }: Reading): ModelList {
  mustUserId(principal);
  // Elsewhere the engine says so, which is not asked here.
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

/** Configurations are small; a source that a program makes need not be. */
const listedMax = 1000;
