import type { ModelsApi } from '../../api/model.ts';
import type { Noun } from '../base/noun.ts';
import { listModels } from './list-models.ts';

/** The models and agents that can answer. */
export const modelsNoun: Noun<{ models: ModelsApi }> = {
  name: 'models',
  api: (reading) => ({ models: { list: () => listModels(reading) } }),
};
