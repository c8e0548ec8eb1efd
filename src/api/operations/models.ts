import type { ModelInfo, ModelList, ModelsApi } from '../model.ts';
import type { NounOf } from '../operation.ts';
import type { WithVerbs } from '../verb.ts';

export const modelEndpoints = {
  listModels: 'GET /v1/models',
} as const;

export const modelVerbs = {
  listModels: ['models.list'],
} as const;

export const modelTable = {
  group: 'Models',
  parameters: {},
  operations: {
    listModels: {
      summary: 'List the models and agents',
      description: [
        'The values allowed for `model` in runs and `models` in comparisons, the same for every',
        'signed-in caller.',
        'Not paged, since a configuration is small.',
      ],
      responses: {
        200: { description: 'The models and agents, as configured.', schema: 'ModelList' },
      },
    },
  },
} as const;

interface ModelTypes {
  readonly schemas: {
    readonly ModelInfo: ModelInfo;
    readonly ModelList: ModelList;
  };
  readonly queries: object;
}

export type ModelNoun = WithVerbs<
  NounOf<typeof modelEndpoints, typeof modelTable, ModelTypes>,
  typeof modelVerbs,
  { readonly models: ModelsApi }
>;
