import { z } from 'zod';
import { modelKinds, type ModelInfo, type ModelList } from '../../api/model.ts';
import type { ModelNoun } from '../../api/operations/models.ts';
import type { NounSchemas } from './noun-schemas.ts';

export const modelInfoSchema: z.ZodType<ModelInfo> = z.looseObject({
  name: z.string().describe('The name to give as `model` in a run.'),
  kind: z.enum(modelKinds).describe('Whether it is a model or an agent.'),
  isDemo: z
    .boolean()
    .describe('A demonstration that calls no real model. Say so wherever it is shown.'),
  isDefault: z
    .boolean()
    .describe('Answers the runs that name no model: the first configured model.'),
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
