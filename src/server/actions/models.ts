import type { ModelNoun } from '../../api/operations/models.ts';
import { json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const modelActions: Actions<ModelNoun> = {
  listModels: async (call) => json(200, await call.project.models.list()),
};
