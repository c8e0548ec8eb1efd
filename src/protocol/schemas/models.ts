import { z } from 'zod';
import { modelKinds, type ModelInfo, type ModelList } from '../../api/model.ts';
import type { ModelNoun } from '../operations/models.ts';
import type { NounSchemas } from './noun-schemas.ts';

export const modelInfoSchema: z.ZodType<ModelInfo> = z.looseObject({
  name: z.string().describe('What `model` or `agent` of a run is then.'),
  kind: z.enum(modelKinds).describe('As which of the two a run names it.'),
  isDemo: z
    .boolean()
    .describe('Answers without a model of the world: to be said wherever it shows.'),
  isDefault: z.boolean().describe('Answers the runs that name nobody: the first model.'),
});

export const modelListSchema: z.ZodType<ModelList> = z
  .looseObject({
    data: z
      .array(modelInfoSchema)
      .describe('In the order of the configuration, at most the first 1,000.'),
  })
  .describe('The models and agents that runs may name.');

export const modelSchemas: NounSchemas<ModelNoun> = {
  schemas: { ModelInfo: modelInfoSchema, ModelList: modelListSchema },
  queries: {},
};
