import type { LanguageModel } from 'ai';
import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import type { Item, Part, Role } from '../../api/item.ts';
import type { JsonValue } from '../../shared/json.ts';
import { toParts } from '../../shared/parts.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  contextForTesting,
  itemForTesting,
} from '../../../test/support/adapters/ai-sdk/turn-for-testing.ts';
import { refusalsOf } from '../../../test/support/adapters/ai-sdk/prompt-rules.ts';
import {
  recordedModels,
  refuse,
  says,
} from '../../../test/support/adapters/ai-sdk/recorded-models-for-testing.ts';
import { createResponder } from './create-responder.ts';

globalThis.AI_SDK_LOG_WARNINGS = false;
const seed = seedForTesting();
const rounds = 60;

/**
 * Every history that the store takes makes a request that every provider takes, at once: none is
 * asked twice.
 */
test(`any stored history makes a valid prompt for every provider (SEED=${seed})`, async () => {
  for (let round = 0; round < rounds; round++) {
    const random = seededRandom(seed + round);
    const items = anyHistory(random);
    const isContinued = items.at(-1)!.role === 'assistant' && random.chance(0.5);
    for (const { model, provider, requests } of recordedModels()) {
      const said = await answerTo(model, items, isContinued ? items.at(-1) : undefined);
      const why = `${provider}, SEED=${seed + round}: ${JSON.stringify(items, null, 1)}`;
      const refused = requests.flatMap((body) => refusalsOf(provider, body));
      expect(refused, why).toEqual([]);
      expect(said, why).toContain('Fine.');
      expect(requests.length, why).toBe(1);
    }
  }
});

test('every provider reads a mention as a name in its sentence', async () => {
  const parts: Part[] = [
    { type: 'text', text: 'Ask' },
    { type: 'mention', userId: 'u1', name: 'Ada' },
    { type: 'mention', userId: 'agent:helper' },
    { type: 'text', text: ', please.' },
  ];
  for (const role of ['user', 'assistant', 'system'] as const) {
    const items = [itemForTesting(role, parts), itemForTesting('user', [parts[1]!])];
    for (const { model, requests, provider } of recordedModels()) {
      expect(await answerTo(model, items, undefined), provider).toBe('Fine.');
      expect(requests[0], provider).toContain('Ask @Ada @helper, please.');
      expect(requests[0], provider).not.toMatch(/"mention"|u1/);
    }
  }
});

test('what a provider refuses all the same is asked again with less', async () => {
  const photo: Part = { type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${png}` };
  const dead: Part = { type: 'file', mediaType: 'image/png', url: 'https://files.invalid/cat.png' };
  const asked: Part = { type: 'text', text: 'What is in it?' };
  const isRefused = (body: string): boolean => /"(input_)?image|inlineData/.test(body);
  const models = recordedModels((provider, body) =>
    isRefused(body) ? refuse('I have no eyes.') : says(provider),
  );
  for (const { model, requests, provider } of models) {
    const items = [itemForTesting('user', [photo, dead, asked])];
    const said = await answerTo(model, items, undefined);
    expect(said, provider).toBe('Fine.');
    expect(requests.length, provider).toBeGreaterThan(1);
    expect(requests.at(-1), provider).toMatch(/A file \(image\/png\) was here/);
    expect(requests.at(-1), provider).toContain('What is in it?');
  }
});

test('what a provider refuses for another reason is refused once', async () => {
  for (const status of [400, 401, 404]) {
    const models = recordedModels(() => refuse('No.', status));
    for (const { model, requests, provider } of models) {
      const items = [itemForTesting('user', [{ type: 'text', text: 'Hi.' }])];
      expect(await answerTo(model, items, undefined), provider).toContain('No.');
      expect(requests.length, provider).toBe(1);
    }
  }
});

async function answerTo(
  model: LanguageModel,
  items: readonly Item[],
  continued: Item | undefined,
): Promise<string> {
  const responder = createResponder({ name: 'm', model, maxRetries: 0, tools: {} });
  let text = '';
  try {
    for await (const chunk of responder.respond(contextForTesting({ items, continued }))) {
      if (chunk.type === 'text-delta') text += String(chunk.delta);
    }
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
  return text;
}

function anyHistory(random: SeededRandom): Item[] {
  const items = Array.from({ length: 1 + random.below(9) }, () => anyItem(random));
  return random.chance(0.7) ? [...items, itemForTesting('user', partsFor('user', random))] : items;
}

function anyItem(random: SeededRandom): Item {
  const role = random.pick<Role>(['user', 'user', 'assistant', 'assistant', 'tool', 'system']);
  return itemForTesting(role, partsFor(role, random));
}

/** They are as a caller may give them: the store takes all of them, and keeps them as they are. */
function partsFor(role: Role, random: SeededRandom): Part[] {
  const parts = Array.from({ length: 1 + random.below(4) }, () => anyPart(role, random));
  expect(toParts(parts, 'parts')).toEqual(parts);
  return parts;
}

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const texts = ['Hello.', '', ' ', '\n', 'x \ud83d', '\udc00', 'a'.repeat(300), 'ünï'];
const names = [
  'weather',
  '',
  'a.b/c d',
  'x'.repeat(90),
  '9to5',
  'ünï',
  'web_search',
  'code_execution',
];
const ids = [
  'call_0',
  'call_0',
  '',
  'functions.weather:0',
  'x'.repeat(70),
  'toolu_1',
  'ä',
  '1',
  '2',
];
const values: readonly JsonValue[] = [
  ...[null, 0, '', 'text', '{"a":1}', '[1]', [], [1, '\ud800'], {}, { a: { b: null } }, true],
  ...[
    { type: 'text', value: 5 },
    { type: 'content', value: 'x' },
    { type: 'content', value: [] },
  ],
  {
    type: 'content',
    value: [
      { type: 'text', text: 'a' },
      { type: 'media', data: png, mediaType: 'image/png' },
    ],
  },
  {
    type: 'content',
    value: [
      { type: 'image-url', url: '/nowhere' },
      { type: 'file-id', fileId: 'f' },
    ],
  },
  { type: 'content', value: [null, 5] },
  { type: 'execution-denied' },
  { type: 'error-text', value: 'no' },
];
const addresses: readonly JsonValue[] = [
  ...[
    '/uploads/cat.png',
    'blob:https://x.test/1',
    'file-abc',
    'data:,x',
    'data:',
    'data:image/png',
  ],
  ...['', 'not a url', `data:image/png;base64,${png}`, 'data:image/png;base64,AAAA', png],
  ...['data:image/png;base64,%%%', 'data:text/plain,hello%20you', 'data:text/plain,%', 'ftp://x/y'],
  ...['data:application/pdf;base64,JVBERi0xLjQK', 'data:audio/wav;base64,UklGRg==', 'javascript:1'],
  ...['data:application/json,{"a":1}', 'data:text/plain;base64,', 'data:image/svg+xml,<svg/>'],
  ...[
    'https://files.invalid/cat.png',
    'http://127.0.0.1:1/x.pdf',
    5,
    null,
    {},
    'http://[',
    'gs://b/x',
  ],
];
const kinds = [
  'image/png',
  'image',
  'image/*',
  '',
  'application/pdf',
  'audio/wav',
  'audio/ogg',
].concat([
  ...[
    'video/mp4',
    'text/plain',
    'text/csv',
    'application/json',
    'application/zip',
    'x',
    'image/gif',
  ],
]);
const metadata: readonly JsonValue[] = [
  ...[{}, 'x', 5, { openai: { itemId: 'msg_1' } }, { openai: { itemId: 'rs_1' } }, { openai: 'x' }],
  ...[{ anthropic: { signature: 'sig' } }, { google: { thoughtSignature: 'sig' } }, []],
];
const states = [
  'input-streaming',
  'input-available',
  'approval-requested',
  'approval-responded',
].concat([
  ...['output-available', 'output-available', 'output-available', 'output-error', 'output-denied'],
]);
const approvals: readonly JsonValue[] = [
  ...[{ id: 'a1' }, { id: 'a1', approved: true }, { id: 'a2', approved: false, reason: '' }, 'x'],
  ...[{ approved: true }, {}, null, { id: 5, approved: false }],
];

function anyPart(role: Role, random: SeededRandom): Part {
  const pick = <T>(list: readonly T[]): T => random.pick(list);
  const chance = (probability: number): boolean => random.chance(probability);
  const told = { ...(chance(0.3) && { providerMetadata: pick(metadata) }) };
  const make: (() => Part)[] = [
    () => ({ type: 'text', text: pick(texts), ...told }),
    () => ({
      type: 'file',
      mediaType: pick(kinds),
      ...(chance(0.9) && { url: pick(addresses) }),
      ...told,
    }),
    () => ({
      type: pick(['data-x', 'step-start', 'unknown', 'source-url-x', 'langchain-block']),
      data: 1,
    }),
    () => ({ type: 'image', image: pick(addresses) }),
    () => ({ type: 'mention', userId: pick(['ada', 'agent:helper', 'ü 😀']), ...told }),
  ];
  if (role === 'user' && chance(0.8)) return pick(make)();
  const tool = (): Part => anyTool(random);
  const call = (): Part => ({
    type: 'tool-call',
    toolCallId: pick(ids),
    toolName: pick(names),
    input: pick(values),
  });
  const result = (): Part => ({
    ...{ type: 'tool-result', toolCallId: pick(ids), toolName: pick(names) },
    [pick(['output', 'result'])]: pick(values),
  });
  if (role === 'tool') return pick([result, result, call, ...make])();
  const rest: (() => Part)[] = [
    ...[tool, tool, tool, call, call, result, ...make],
    () => ({ type: 'reasoning', text: pick(texts), ...told }),
    () => ({ type: 'custom', kind: pick(['openai.compaction', 'x', '']), ...told }),
    () => ({ type: 'reasoning-file', mediaType: 'image/png', url: 'x' }),
    () => ({
      type: 'steering-message',
      ...(chance(0.7) && { parts: [{ type: 'text', text: pick(texts) }] }),
    }),
    () => ({ type: 'data-error', data: { message: 'no' } }),
  ];
  return pick(rest)();
}

function anyTool(random: SeededRandom): Part {
  const pick = <T>(list: readonly T[]): T => random.pick(list);
  const chance = (probability: number): boolean => random.chance(probability);
  const toolName = pick(names);
  return {
    ...(chance(0.5) ? { type: `tool-${toolName}` } : { type: 'dynamic-tool', toolName }),
    toolCallId: pick(ids),
    state: pick(states),
    ...(chance(0.9) && { input: pick(values) }),
    ...(chance(0.8) && { output: pick(values) }),
    ...(chance(0.5) && { errorText: pick(texts) }),
    ...(chance(0.5) && { approval: pick(approvals) }),
    ...(chance(0.3) && { providerExecuted: true }),
    ...(chance(0.2) && { preliminary: true }),
    ...(chance(0.3) && { callProviderMetadata: pick(metadata) }),
  };
}
