import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SkeinError } from '../../../shared/error.ts';
import { loadConfig, type LoadedConfig } from './load-config.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'skein-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const write = (name: string, content: string): Promise<void> => writeFile(join(cwd, name), content);
const load = (env = {}): Promise<LoadedConfig> => loadConfig({ cwd, env });

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SkeinError);
  expect(error).toMatchObject({ code: 'invalid_request' });
  return (error as SkeinError).message; // checked by the lines above
}

const tiny = { baseUrl: 'http://localhost:11434/v1', model: 'tiny' };

test('without a file and without variables there is nothing', async () => {
  expect(await load({ PATH: '/bin', OPENAI_API_KEY: 'sk-1', OLLAMA_HOST: 'localhost' })).toEqual({
    config: { models: {} },
    path: undefined,
    folder: cwd,
  });
});

test.each([
  ['skein.config.json', JSON.stringify({ models: { 'local/tiny': tiny } })],
  ['skein.config.mjs', `export default { models: { 'local/tiny': ${JSON.stringify(tiny)} } };`],
  ['skein.config.js', `module.exports = { models: { 'local/tiny': ${JSON.stringify(tiny)} } };`],
  [
    'skein.config.ts',
    `interface Named { readonly models: Record<string, object> }
     const config: Named = { models: { 'local/tiny': ${JSON.stringify(tiny)} } };
     export default config;`,
  ],
  [
    'skein.config.mts',
    `export default { models: { 'local/tiny': ${JSON.stringify(tiny)} as object } };`,
  ],
])('reads %s', async (name, content) => {
  await write(name, content);
  const { config, path, folder } = await load();
  expect(config).toEqual({ models: { 'local/tiny': tiny } });
  expect([path, folder]).toEqual([join(cwd, name), cwd]);
});

test('reads the file that is named', async () => {
  await write('other.json', JSON.stringify({ demo: true }));
  expect((await loadConfig({ cwd, env: {}, path: 'other.json' })).config.demo).toBe(true);
  expect(await messageOf(loadConfig({ cwd, env: {}, path: 'none.json' }))).toMatch(
    'the file does not exist',
  );
});

test('the environment adds models after those of the file, which counts', async () => {
  await write(
    'skein.config.json',
    JSON.stringify({ models: { 'gpu/b': { ...tiny, model: 'mine' } } }),
  );
  const env = {
    SKEIN_MODEL_BASE_URL: 'https://gpu.test:8000/v1',
    SKEIN_MODELS: ' a, b ,,c ',
    SKEIN_MODEL_API_KEY: 'k',
    SKEIN_MODEL_LABEL: 'gpu',
  };
  const { models } = (await load(env)).config;
  const endpoint = { baseUrl: env.SKEIN_MODEL_BASE_URL, apiKey: 'k' };
  expect(models).toEqual({
    'gpu/b': { ...tiny, model: 'mine' },
    'gpu/a': { ...endpoint, model: 'a' },
    'gpu/c': { ...endpoint, model: 'c' },
  });
  expect(Object.keys(models ?? {})).toEqual(['gpu/b', 'gpu/a', 'gpu/c']);
});

test('models of the environment are called after the host', async () => {
  const env = { SKEIN_MODEL_BASE_URL: 'http://localhost:11434/v1', SKEIN_MODELS: 'tiny' };
  expect((await load(env)).config.models).toEqual({ 'localhost/tiny': tiny });
});

test.each([
  [
    { SKEIN_MODELS: 'a' },
    'The environment: SKEIN_MODEL_BASE_URL: must be set if SKEIN_MODELS is set',
  ],
  [{ SKEIN_MODEL_BASE_URL: 'http://x/v1' }, 'The environment: SKEIN_MODELS: must be set'],
  [{ SKEIN_MODEL_BASE_URL: 'localhost', SKEIN_MODELS: 'a' }, 'must be an http or https URL'],
])('says which variable is wrong (%#)', async (env, message) => {
  expect(await messageOf(load(env))).toContain(message);
});

test.each([
  ['[]', 'skein.config.json: must be an object'],
  ['{', 'is not JSON'],
  ['{"model":{}}', 'skein.config.json: model: is not a known field'],
  ['{"models":{"a":{}}}', 'models.a: must have a baseUrl'],
  ['{"runs":{"runMsMax":0}}', 'runs.runMsMax: must be at least 1'],
  ['{"runs":{"contextItemsMax":1001}}', 'runs.contextItemsMax: must be at most 1000'],
  [
    '{"models":{"a":{"baseUrl":"http://x.test","model":"m","contextTokens":0}}}',
    'models.a.contextTokens: must be at least 1',
  ],
  ['{"runs":{"runMsMax":1e12}}', 'runs.runMsMax: must be at most 24 days'],
  ['{"runs":{"chunksMax":1}}', 'runs.chunksMax: is not a known field'],
  ['{"models":{"a":"openai/gpt-5"}}', 'models.a: must have a baseUrl'],
  [
    '{"models":{"a":{"baseUrl":"nowhere","model":"m"}}}',
    'models.a.baseUrl: must be an http or https',
  ],
  [
    '{"models":{"a":{"baseUrl":"file:///x","model":"m"}}}',
    'models.a.baseUrl: must be an http or https',
  ],
  ['{"models":{"a":{"baseUrl":"http://x"}}}', 'models.a.model: must be a text'],
  ['{"models":{"a":{"provider":"p","model":""}}}', 'models.a.model: must not be empty'],
  ['{"models":{"a":{"provider":"p","model":"m","key":1}}}', 'models.a'],
  [
    '{"models":{"a":{"provider":"p","model":"m","maxRetries":-1}}}',
    'maxRetries: must not be negative',
  ],
  ['{"models":{"demo/mine":{"provider":"p","model":"m"}}}', 'not begin with demo/'],
  [
    '{"models":{"a":{"provider":"p","model":"m"}},"agents":{"a":{}}}',
    'must not be the name of a model, too',
  ],
  ['{"agents":{"a":{"maxSteps":0}}}', 'agents.a.maxSteps: must be at least 1'],
  ['{"demo":"yes"}', 'demo: must be true or false'],
])('says what is wrong with %s', async (content, message) => {
  await write('skein.config.json', content);
  expect(await messageOf(load())).toContain(message);
});

test('says why code failed', async () => {
  await write('skein.config.mjs', 'throw new Error("out of luck");');
  expect(await messageOf(load())).toContain('failed: out of luck');
  await write('skein.config.mjs', 'await 1; export default {};');
  expect(await messageOf(loadConfig({ cwd, env: {}, path: 'skein.config.mjs' }))).toBeDefined();
});

test('does not await at the top level', async () => {
  await write('skein.config.mjs', 'export default await Promise.resolve({});');
  expect(await messageOf(load())).toContain('must not await at its top level');
});

test('two files are one too many', async () => {
  await write('skein.config.json', '{}');
  await write('skein.config.mjs', 'export default {};');
  expect(await messageOf(load())).toContain('skein.config.mjs and skein.config.json');
});
