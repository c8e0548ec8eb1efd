import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ToolLoopAgent } from 'ai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Responder } from '../../../api/responder.ts';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/create-store.ts';
import { scripted, textChunks } from '../../../../test/support/domain/responders-for-testing.ts';
import { createFold } from '../../../domain/streams/fold-chunks.ts';
import { textOf } from '../../../shared/parts.ts';
import {
  contextForTesting,
  itemForTesting,
} from '../../../../test/support/adapters/ai-sdk/turn-for-testing.ts';
import {
  openOpenAiServerForTesting,
  type OpenAiServer,
} from '../../../../test/support/adapters/ai-sdk/openai-server-for-testing.ts';
import { createResponders, loadResponders } from './create-responders.ts';
import type { SkeinConfig } from './skein-config.ts';

let server: OpenAiServer;
let folder: string;
beforeEach(async () => {
  server = await openOpenAiServerForTesting();
  folder = await mkdtemp(join(tmpdir(), 'skein-'));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function ask(responder: Responder | undefined, text = 'Hi.'): Promise<string> {
  const items = [itemForTesting('user', [{ type: 'text', text }])];
  const fold = createFold();
  for await (const chunk of responder!.respond(contextForTesting({ items }))) fold.add(chunk);
  return textOf(fold.parts);
}

const create = (config: SkeinConfig, env = {}): ReturnType<typeof createResponders> =>
  createResponders(config, { folder, env, demoPauseMs: 0 });
const endpoint = (model: string): { baseUrl: string; model: string } => ({
  baseUrl: server.baseUrl,
  model,
});

test('without a model, the demo models answer, and say what they are', async () => {
  const responders = await loadResponders({ cwd: folder, env: {}, demoPauseMs: 0 });
  expect(responders.list().map(({ name, isDemo }) => [name, isDemo])).toEqual([
    ['demo/echo', true],
    ['demo/eliza', true],
  ]);
  expect(responders.isDemo).toBe(true);
  expect(responders.list().some((responder) => 'complete' in responder)).toBe(false);
  const echo = responders.find('model', 'demo/echo');
  expect(await ask(echo)).toMatch(/^This is demo\/echo, a demo model .*\n\nYou said: Hi\.$/);
});

test('an agent may be a demo model, as long as there are any', async () => {
  const agents = { helper: { model: 'demo/echo', instructions: 'Help.' } };
  const responders = await create({ agents });
  expect(responders.list().map(({ kind, name }) => [kind, name])).toEqual([
    ['model', 'demo/echo'],
    ['model', 'demo/eliza'],
    ['agent', 'helper'],
  ]);
  expect(responders.isDemo).toBe(true);
  expect(await ask(responders.find('agent', 'helper'))).toContain('You said: Hi.');
  await expect(create({ agents, demo: false })).rejects.toMatchObject({
    message: expect.stringContaining('agents.helper.model: there is no model demo/echo'),
  });
});

test('an endpoint answers by its address, model, key and headers', async () => {
  const model = {
    ...endpoint('tiny'),
    apiKeyEnv: 'MY_KEY',
    instructions: 'Be kind.',
    temperature: 0,
  };
  const responders = await create({ models: { 'local/tiny': model } }, { MY_KEY: 'k1' });
  expect(responders.list().map(({ name }) => name)).toEqual(['local/tiny']);
  expect(responders.isDemo).toBe(false);
  expect(await ask(responders.find('model', 'local/tiny'))).toBe('Hello world.');
  expect(server.requests[0]).toMatchObject({
    path: '/v1/chat/completions',
    authorization: 'Bearer k1',
    body: { model: 'tiny', temperature: 0, messages: [{ content: 'Be kind.' }, { role: 'user' }] },
  });
});

test('the environment is enough', async () => {
  const env = {
    SKEIN_MODEL_BASE_URL: server.baseUrl,
    SKEIN_MODELS: 'a,b',
    SKEIN_MODEL_API_KEY: 'k2',
  };
  const responders = await loadResponders({ cwd: folder, env });
  expect(responders.list().map(({ name }) => name)).toEqual(['127.0.0.1/a', '127.0.0.1/b']);
  expect(await ask(responders.list()[1])).toBe('Hello world.');
  expect(server.requests[0]).toMatchObject({ authorization: 'Bearer k2', body: { model: 'b' } });
});

test('the default comes first', async () => {
  const models = { a: endpoint('a'), b: endpoint('b'), c: endpoint('c') };
  const responders = await create({ models, defaultModel: 'b', demo: true });
  const names = responders.list().map(({ name }) => name);
  expect(names).toEqual(['b', 'a', 'c', 'demo/echo', 'demo/eliza']);
});

test('the responder names the thread, unless a title model is configured', async () => {
  const model = createOpenAICompatible({ name: 'x', baseURL: server.baseUrl })('by-hand');
  const config = {
    models: { a: endpoint('a'), b: endpoint('b') },
    agents: { ready: new ToolLoopAgent({ model }), other: { model: 'b' } },
  };
  const { signal } = new AbortController();
  const namersOf = async (given: SkeinConfig): Promise<unknown[]> => {
    const before = server.requests.length;
    for (const responder of (await create({ ...given, demo: true })).list()) {
      await responder.complete?.('Name it.', signal);
    }
    return server.requests.slice(before).map(({ body }) => body.model);
  };
  expect(await namersOf(config)).toEqual(['a', 'b', 'a', 'b']);
  expect(await namersOf({ ...config, titleModel: 'b' })).toEqual(['b', 'b', 'b', 'b']);
});

const providerModule = `
  import { createOpenAICompatible } from ${JSON.stringify(import.meta.resolve('@ai-sdk/openai-compatible'))};
  export const VERSION = '1';
  export const createOther = () => { throw new Error('not this one'); };
  export function createMyProvider(options) {
    const { chatModel } = createOpenAICompatible({ name: 'mine', ...options });
    return { languageModel: chatModel };
  }`;

async function install(name: string, code: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await writeFile(
    join(target, 'package.json'),
    JSON.stringify({ type: 'module', main: 'index.js' }),
  );
  await writeFile(join(target, 'index.js'), code);
}

test('a provider module is taken from beside the configuration', async () => {
  await install('@some/my-provider', providerModule);
  const options = { baseURL: server.baseUrl };
  const model = { provider: '@some/my-provider', model: 'tiny', apiKey: 'k3', options };
  await writeFile(join(folder, 'skein.config.json'), JSON.stringify({ models: { mine: model } }));
  const responders = await loadResponders({ cwd: folder, env: {} });
  expect(await ask(responders.find('model', 'mine'))).toBe('Hello world.');
  expect(server.requests[0]).toMatchObject({ authorization: 'Bearer k3', body: { model: 'tiny' } });
});

test('agents take a model, and add to it', async () => {
  const model = createOpenAICompatible({ name: 'x', baseURL: server.baseUrl })('by-hand');
  const responders = await create({
    models: { a: endpoint('a'), b: model },
    agents: {
      support: { instructions: 'Help.' },
      other: { model: 'b' },
      ready: new ToolLoopAgent({ model }),
    },
  });
  const shown = responders.list().map(({ kind, name }) => `${kind} ${name}`);
  expect(shown).toEqual(['model a', 'model b', 'agent support', 'agent other', 'agent ready']);
  for (const name of ['support', 'other', 'ready']) {
    expect(await ask(responders.find('agent', name))).toBe('Hello world.');
  }
  expect(server.requests.map(({ body }) => body.model)).toEqual(['a', 'by-hand', 'by-hand']);
  expect(server.requests[0]?.body.messages[0]).toEqual({ role: 'system', content: 'Help.' });
  expect(responders.find('model', 'support')).toBeUndefined();
});

test.each<[SkeinConfig, string]>([
  [{ defaultModel: 'x' }, 'defaultModel: there is no model x'],
  [{ titleModel: 'x' }, 'titleModel: there is no model x'],
  [{ agents: { a: { model: 'x' } } }, 'agents.a.model: there is no model x'],
  [{ agents: { a: {} } }, 'agents.a.model: there is no model by default'],
  [
    { models: { a: { provider: '@none/there', model: 'm' } } },
    'models.a: @none/there cannot be loaded; is it installed? npm install @none/there',
  ],
  [
    { models: { a: { baseUrl: 'http://x.test/v1', model: 'm', apiKeyEnv: 'NO_KEY' } } },
    'models.a.apiKeyEnv: the environment variable NO_KEY is not set',
  ],
])('says what is wrong (%#)', async (config, message) => {
  await expect(create(config)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(message),
  });
});

test('says that a module is no provider', async () => {
  await install('empty', 'export const nothing = 1;');
  await install('strange', 'export const createStrange = () => ({ languageModel: () => 1 });');
  const model = (provider: string): SkeinConfig => ({ models: { a: { provider, model: 'm' } } });
  await expect(create(model('empty'))).rejects.toThrow('is not a provider module of the AI SDK');
  await expect(create(model('strange'))).rejects.toThrow('has no language models');
});

test('a model whose window is known leaves room in it for the answer and the instructions', async () => {
  const model = { baseUrl: 'http://x.test/v1', model: 'm' };
  const responders = await create({
    models: {
      large: { ...model, contextTokens: 200_000 },
      small: {
        ...model,
        contextTokens: 8000,
        maxOutputTokens: 1000,
        instructions: 'x'.repeat(3000),
      },
      unknown: model,
    },
  });
  const windows = responders.list().map(({ contextTokensMax }) => contextTokensMax);
  expect(windows).toEqual([200_000 * 0.9 - 16_384, expect.any(Number), undefined]);
  expect(windows[1]).toBeGreaterThan(5000);
  expect(windows[1]).toBeLessThan(6000);
});

test('the window of a model whose window is small is known, by its name', async () => {
  const endpoint = { baseUrl: 'http://x.test/v1' };
  const names = ['gpt-4o-mini', 'openai/gpt-4', 'gpt-3.5-turbo', 'gpt-4.1', 'gpt-5', 'llama3.2'];
  const responders = await create({
    models: {
      ...Object.fromEntries(names.map((model) => [model, { ...endpoint, model }])),
      told: { ...endpoint, model: 'gpt-4o', contextTokens: 20_000 },
    },
    agents: { agent: { model: 'gpt-4o-mini' } },
  });
  const windowOf = (kind: 'model' | 'agent', name: string): number | undefined =>
    responders.find(kind, name)?.contextTokensMax;
  expect(names.map((name) => windowOf('model', name))).toEqual([
    ...[128_000 * 0.9 - 16_384, 5324, Math.floor(16_385 * 0.9 - 16_385 / 4)],
    ...[undefined, undefined, undefined],
  ]);
  expect(windowOf('model', 'told')).toBe(20_000 * 0.9 - 5000);
  expect(windowOf('agent', 'agent')).toBe(windowOf('model', 'gpt-4o-mini'));
});

test('a long history fits into the window of a small model', async () => {
  const responders = await create({
    models: { m: { baseUrl: 'http://x.test/v1', model: 'gpt-4' } },
  });
  const { contextTokensMax } = responders.find('model', 'm')!;
  let bytes = 0;
  const seen = scripted(({ items }) => {
    bytes = items.reduce((sum, { parts }) => sum + JSON.stringify(parts).length, 0);
    return textChunks('Read.');
  });
  await using store = await createStore({ engine: memory() });
  const project = store.project('default').as({ userId: 'u1' });
  const [thread] = await project.threads.create([{}]);
  const input = Array.from(
    { length: 20 },
    () => ({ role: 'user', text: 'lorem '.repeat(5000) }) as const,
  );
  const responder = { ...seen, ...(contextTokensMax && { contextTokensMax }) };
  await (
    await project.runs.start(thread!.id, { input, responder })
  ).done;
  expect(bytes).toBeGreaterThan(contextTokensMax!);
  expect(bytes).toBeLessThanOrEqual(3 * contextTokensMax!);
});
