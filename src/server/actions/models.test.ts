import { expect, test } from 'vitest';
import { createResponders } from '../../adapters/ai-sdk/config/index.ts';
import { memory } from '../../engines/memory/index.ts';
import type { ModelList } from '../../api/model.ts';
import { check } from '../../protocol/check.ts';
import { modelListSchema } from '../../protocol/schemas/models.ts';
import type { RunStart } from '../../api/operations/runs.ts';
import type { HandlerOptions } from '../create-handler.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

/** No endpoint is called, so none has to exist. */
const endpoint = (model: string): { baseUrl: string; model: string; apiKey: string } => ({
  baseUrl: 'http://localhost:1/v1',
  model,
  apiKey: 'a-secret',
});

async function openKit(options: HandlerOptions = {}): Promise<HttpKitForTesting> {
  const responders = await createResponders({
    models: { 'lab/small': endpoint('small'), 'lab/large': endpoint('large') },
    agents: { support: { model: 'lab/small', instructions: 'Be kind.' } },
    defaultModel: 'lab/large',
    demo: true,
  });
  return HttpKitForTesting.open(memory(), options, { responders });
}

test('the models of a configuration are listed as configured, the default first', async () => {
  await using kit = await openKit();
  const { json, text } = await kit.answer<ModelList>(200, 'GET', '/v1/models');
  expect(check(modelListSchema, json)).toEqual({
    data: [
      { name: 'lab/large', kind: 'model', isDemo: false, isDefault: true },
      { name: 'lab/small', kind: 'model', isDemo: false, isDefault: false },
      { name: 'demo/echo', kind: 'model', isDemo: true, isDefault: false },
      { name: 'demo/eliza', kind: 'model', isDemo: true, isDefault: false },
      { name: 'support', kind: 'agent', isDemo: false, isDefault: false },
    ],
  });
  expect(text).not.toMatch(/localhost|secret|kind\./);
  expect((await kit.answer(200, 'HEAD', '/v1/models')).text).toBe('');
});

test('a name from the list starts a run', async () => {
  await using kit = await openKit();
  const { data } = await kit.must<ModelList>(200, 'GET', '/v1/models');
  const demo = data.find(({ isDemo }) => isDemo)!;
  const { id } = await kit.createThread();
  const { run } = await kit.must<RunStart>(202, 'POST', `/v1/threads/${id}/runs`, {
    json: { input: 'Hi', [demo.kind]: demo.name },
    headers: { prefer: 'respond-async' },
  });
  expect(run.model).toBe(demo.name);
});

test('a server without models lists none', async () => {
  await using kit = await HttpKitForTesting.open(memory());
  expect(await kit.must(200, 'GET', '/v1/models')).toEqual({ data: [] });
});

test('a signed-in caller may list them, an anonymous one may not', async () => {
  await using kit = await openKit({ auth: { mode: 'tokens' } });
  const { secret } = await kit.store.keys.create({ projectId: 'p', name: 'k' });
  const key = { authorization: `Bearer ${secret}` };
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/models');
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/models', { headers: key });
  const list = await kit.must<ModelList>(200, 'GET', '/v1/models', { headers: key, user: 'alice' });
  const { token } = await kit.store.keys.issueToken({ projectId: 'q', userId: 'bob' });
  const headers = { authorization: `Bearer ${token}` };
  expect(await kit.must(200, 'GET', '/v1/models', { headers })).toEqual(list);
});

test('the list takes no parameter', async () => {
  await using kit = await openKit();
  await kit.problem(400, 'invalid_request', 'GET', '/v1/models?limit=1');
});
