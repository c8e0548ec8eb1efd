import { json } from '../answer.ts';
import { defineRoute, type Route } from '../route.ts';

const listModels = defineRoute({
  method: 'GET',
  path: '/v1/models',
  name: 'listModels',
  group: 'Models',
  summary: 'List the models and agents',
  description:
    'What `model` and `agent` of a run and `models` of a comparison may be, the same for whoever ' +
    'is signed in. Not in pages, since a configuration is small.',
  access: 'caller',
  answers: {
    200: { description: 'The models and agents, as configured.', schema: 'ModelList' },
  },
  action: async (call) => json(200, await call.project.models.list()),
});

export const modelRoutes: readonly Route[] = [listModels];
