import { expect, test } from 'vitest';
import { configuredKeys } from './configured-keys.ts';

test('the keys of all models, of their headers and options, and of the environment', () => {
  const model = 'm';
  const models = {
    a: { baseUrl: 'http://a.test', model, apiKey: 'in-the-file' },
    b: { baseUrl: 'http://b.test', model, apiKeyEnv: 'B', headers: { 'api-key': 'in-a-header' } },
    c: { provider: '@x/y', model, options: { deep: { secret: 'in-an-option' }, retries: 3 } },
    d: { baseUrl: 'http://d.test', model, headers: { authorization: 'Bearer in-a-bearer' } },
    e: { provider: 'x', modelId: 'y', doStream: () => undefined },
  };
  const env = { B: 'in-a-variable', OPENAI_API_KEY: 'in-its-own', HOME: '/root', X_TOKEN: '' };
  expect(configuredKeys({ models }, env).toSorted()).toEqual([
    'Bearer in-a-bearer',
    'in-a-bearer',
    'in-a-header',
    'in-a-variable',
    'in-an-option',
    'in-its-own',
    'in-the-file',
  ]);
});

test('a configuration without models has none', () => {
  expect(configuredKeys({}, {})).toEqual([]);
});
