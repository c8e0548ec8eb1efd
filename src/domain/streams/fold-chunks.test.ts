// Long because every kind of chunk is a case here, and the generator of random ones knows them all.
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../api/item.ts';
import type { Chunk } from '../../api/responder.ts';
import { createFold, isStepBoundary, type Fold } from './fold-chunks.ts';
import { cpuMsOf } from '../../../test/support/shared/cpu-time-for-testing.ts';

/** The AI SDK's result for the chunks, as JSON. It stops at the first chunk that it cannot use. */
async function foldBySdk(chunks: readonly Chunk[], continued?: UIMessage): Promise<unknown> {
  const message = continued && structuredClone(continued);
  let used = 0;
  const stream = new ReadableStream<UIMessageChunk>({
    pull(controller) {
      if (used === chunks.length) controller.close();
      // A server sends this form.
      else controller.enqueue(structuredClone(chunks[used++]) as UIMessageChunk);
    },
  });
  const { id, parts, metadata } = { id: '', parts: [], metadata: undefined, ...message };
  let last: { id: string; parts: unknown; metadata?: unknown } = { id, parts, metadata };
  const read = readUIMessageStream({ stream, ...(message && { message }), onError: () => {} });
  for await (const snapshot of read) last = snapshot;
  return toJson({ id: last.id, parts: last.parts, metadata: last.metadata ?? {} });
}

const toJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function foldByUs(chunks: readonly Chunk[], continued?: UIMessage): Fold {
  const parts = (continued?.parts ?? []) as unknown as Part[]; // they are JSON here
  const fold = createFold(parts, continued && { messageId: continued.id });
  for (const chunk of chunks) fold.add(chunk);
  return fold;
}

async function expectSame(chunks: readonly Chunk[], continued?: UIMessage): Promise<void> {
  // The SDK shows `step-start` only with the next change, so both get one.
  const all = [...chunks, { type: 'data-end', data: null }];
  const fold = foldByUs(all, continued);
  const { parts, metadata, messageId } = fold;
  expect({ id: messageId ?? '', parts, metadata }).toEqual(await foldBySdk(all, continued));
  expect(toJson(parts)).toEqual(parts); // nothing in it that JSON does not keep
}

const text = (id: string, ...deltas: string[]): Chunk[] => [
  { type: 'text-start', id },
  ...deltas.map((delta) => ({ type: 'text-delta', id, delta })),
  { type: 'text-end', id },
];
const step = (...chunks: Chunk[]): Chunk[] => [
  { type: 'start-step' },
  ...chunks,
  { type: 'finish-step' },
];
const call = (toolCallId: string, more: object = {}): Chunk => {
  return { type: 'tool-input-start', toolCallId, toolName: 'weather', ...more };
};
const delta = (toolCallId: string, inputTextDelta: string): Chunk => {
  return { type: 'tool-input-delta', toolCallId, inputTextDelta };
};
const input = (toolCallId: string, more: object = {}): Chunk => {
  return {
    type: 'tool-input-available',
    toolCallId,
    toolName: 'weather',
    input: { a: 1 },
    ...more,
  };
};
const output = (toolCallId: string, more: object = {}): Chunk => {
  return { type: 'tool-output-available', toolCallId, output: 'sun', ...more };
};
const outputError = (toolCallId: string, more: object = {}): Chunk => {
  return { type: 'tool-output-error', toolCallId, errorText: 'no', ...more };
};
const inputError = (toolCallId: string, more: object = {}): Chunk => {
  return { ...input(toolCallId, more), type: 'tool-input-error', errorText: 'bad' };
};
const approval = (toolCallId: string, more: object = {}): Chunk => {
  return { type: 'tool-approval-request', toolCallId, approvalId: `ask-${toolCallId}`, ...more };
};
const approved = (toolCallId: string, isApproved: boolean, more: object = {}): Chunk => ({
  type: 'tool-approval-response',
  approvalId: `ask-${toolCallId}`,
  approved: isApproved,
  ...more,
});
const provider = { providerMetadata: { p: { x: 1 } } };
const dynamic = { dynamic: true };

const cases: Record<string, Chunk[]> = {
  'a text in a step': [
    { type: 'start', messageId: 'm' },
    ...step(...text('1', 'Hel', 'lo')),
    { type: 'finish', finishReason: 'stop' },
  ],
  'texts that overlap, with metadata': [
    { type: 'text-start', id: 'a', ...provider },
    { type: 'reasoning-start', id: 'b' },
    { type: 'text-delta', id: 'a', delta: 'x' },
    { type: 'reasoning-delta', id: 'b', delta: 'y', ...provider },
    { type: 'text-end', id: 'a', citations: [{ start: 0 }] },
    { type: 'reasoning-end', id: 'b', providerMetadata: { q: { y: 2 } } },
  ],
  'a text that was cut': [
    { type: 'text-start', id: '1' },
    { type: 'text-delta', id: '1', delta: 'x' },
  ],
  'a repeated text id': [...text('1', 'a'), ...text('1', 'b')],
  'a text id of an object’s own field': [...text('__proto__', 'a'), ...text('constructor', 'b')],
  'parts as they are': [
    { type: 'source-url', sourceId: 's', url: 'https://x.test', title: 'X', ...provider },
    { type: 'source-document', sourceId: 's', mediaType: 'a/b', title: 'X', filename: 'x.pdf' },
    { type: 'file', mediaType: 'a/b', url: 'data:,x', extra: 1 },
    { type: 'reasoning-file', mediaType: 'a/b', url: 'data:,x', ...provider },
    { type: 'custom', kind: 'p.thing', ...provider },
    { type: 'steering-message', id: 's', parts: [{ type: 'text', text: 'left' }] },
  ],
  'data, replaced and passing by': [
    { type: 'data-a', id: '1', data: { n: 1 } },
    { type: 'data-b', id: '1', data: 0 },
    { type: 'data-a', data: 'without an id' },
    { type: 'data-a', id: '1', data: { n: 2 }, extra: 1 },
    { type: 'data-a', id: '2', data: 'gone', transient: true },
    { type: 'data-a', id: '3', data: 'kept', transient: false },
  ],
  'a tool with a result': [
    ...step(call('1', provider), delta('1', '{"ci'), delta('1', 'ty":"P'), input('1')),
    output('1', { ...provider, providerExecuted: true }),
    ...step(...text('1', 'Sunny.')),
  ],
  'a tool input that was cut': [call('1', { title: 'W' }), delta('1', '{"city":"Par')],
  'a tool input as text': [call('1', { inputEncoding: 'text' }), delta('1', '*** patch')],
  'a tool input that is wrong': [call('1'), delta('1', '{"c'), inputError('1')],
  'a wrong input out of nothing': [inputError('1'), inputError('2', dynamic)],
  'a dynamic tool': [
    ...step(call('1', { ...dynamic, title: 'W', toolMetadata: { m: 1 } }), delta('1', '{"a":1')),
    input('1', dynamic),
    output('1', { preliminary: true }),
    output('1', { output: 'rain', toolMetadata: { m: 2 } }),
  ],
  'a dynamic tool that fails': [call('1', dynamic), input('1', dynamic), outputError('1')],
  'a tool that fails': [
    ...step(call('1'), delta('1', '{')),
    input('1'),
    outputError('1', provider),
  ],
  'an error before the input is whole': [call('1'), delta('1', '{"a":'), outputError('1')],
  'an output of a step before': [...step(input('1')), ...step(...text('1', 'x')), output('1')],
  'the same call id in two steps': [...step(input('1')), ...step(input('1'), output('1'))],
  'an approval': [
    input('1'),
    approval('1', { reason: 'costs', approvalDescriptor: { k: 1 }, signature: 's' }),
    approved('1', true, { reason: 'fine', ...provider }),
    output('1'),
  ],
  'an approval that is refused': [
    input('1'),
    approval('1', { isAutomatic: true, inputSchemaInput: null }),
    approved('1', false, { providerExecuted: true }),
    { type: 'tool-output-denied', toolCallId: '1' },
  ],
  'a step that is reset': [
    ...step(...text('1', 'kept'), { type: 'data-a', id: '1', data: 1 }),
    { type: 'start-step' },
    { type: 'text-start', id: '2' },
    { type: 'data-b', id: '1', data: 1 },
    call('1'),
    { type: 'reset-step' },
    { type: 'data-b', id: '1', data: 2 },
    ...text('2', 'again'),
  ],
  'metadata, merged': [
    { type: 'start', messageMetadata: { a: { x: 1 }, b: [1], c: 1 } },
    { type: 'message-metadata', messageMetadata: { a: { y: 2 }, b: [2] } },
    { type: 'finish', messageMetadata: { c: { z: null } } },
  ],
  'another message begins': [
    { type: 'start', messageId: 'a', messageMetadata: { a: 1 } },
    ...step(...text('1', 'gone')),
    { type: 'start', messageId: 'b' },
    ...step(...text('1', 'stays')),
  ],
  'unknown chunks': [{ type: 'new-thing', id: '1' }, ...text('1', 'x'), { type: 'text' }],
  'errors and aborts': [...text('1', 'x'), { type: 'error', errorText: 'no' }, { type: 'abort' }],
};

describe('as the AI SDK folds', () => {
  test.each(Object.entries(cases))('%s', (_name, chunks) => expectSame(chunks));

  test('after every chunk of every case', async () => {
    for (const chunks of Object.values(cases)) {
      for (let n = 0; n <= chunks.length; n += 1) await expectSame(chunks.slice(0, n));
    }
  });

  test('an answer that is continued', async () => {
    const parts = [
      { type: 'step-start' },
      { type: 'text', text: 'Let me see.', state: 'done' },
      { type: 'tool-weather', toolCallId: '1', state: 'approval-responded', input: { a: 1 } },
      {
        type: 'dynamic-tool',
        toolName: 'd',
        toolCallId: '2',
        state: 'input-streaming',
        rawInput: '{"a',
      },
      { type: 'data-a', id: '1', data: 1 },
    ];
    // A client sends this form.
    const message = { id: 'm', role: 'assistant', parts } as unknown as UIMessage;
    const more = [output('1'), delta('2', '":1'), { type: 'data-a', id: '1', data: 2 }];
    await expectSame(
      [{ type: 'start', messageId: 'm' }, ...more, ...step(...text('1', 'x'))],
      message,
    );
    await expectSame([{ type: 'start', messageId: 'other' }, ...text('1', 'x')], message);
  });

  test('random sequences', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    const random = createRandom(seed);
    for (let i = 0; i < 400; i += 1) {
      const chunks = randomChunks(random);
      try {
        await expectSame(chunks);
      } catch (error) {
        throw new Error(`SEED=${seed}: ${JSON.stringify(chunks, null, 1)}`, { cause: error });
      }
    }
  });
});

/** Mulberry32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Chunks in any order that the SDK accepts: references follow what they refer to. */
function randomChunks(random: (below: number) => number): Chunk[] {
  const chunks: Chunk[] = [];
  const texts = new Set<string>();
  const calls = new Map<string, object>();
  const open = new Set<string>();
  const asked = new Set<string>();
  const typed = new Map<string, number>();
  const inputText = JSON.stringify({ a: [1, -2.5, true, 'x\n"'], b: { c: null }, d: 'é' });
  const maybe = (fields: object): object => (random(3) === 0 ? fields : {});
  const pick = <T>(all: Iterable<T>): T | undefined => [...all][random([...all].length)];
  const id = (): string => String(random(3));
  const begin: (() => Chunk | undefined)[] = [
    () => {
      const kind = pick(['text', 'reasoning']);
      const textId = id();
      texts.add(`${kind}-${textId}`);
      return { type: `${kind}-start`, id: textId, ...maybe(provider) };
    },
    () => {
      const toolCallId = id();
      const kind = maybe(dynamic);
      calls.set(toolCallId, kind);
      open.add(toolCallId);
      typed.delete(toolCallId);
      return call(toolCallId, { ...kind, ...maybe({ title: 'T' }), ...maybe(provider) });
    },
    () => {
      const toolCallId = id();
      const kind = calls.get(toolCallId) ?? maybe(dynamic);
      calls.set(toolCallId, kind);
      const more = { ...kind, ...maybe(provider), ...maybe({ providerExecuted: true }) };
      return random(4) === 0 ? inputError(toolCallId, more) : input(toolCallId, more);
    },
    () => ({ type: pick(['data-a', 'data-b'])!, ...maybe({ id: id() }), data: random(9) }),
    () => ({ type: 'data-a', id: id(), data: random(9), ...maybe({ transient: true }) }),
    () => ({ type: 'start-step' }),
    () => ({ type: 'finish-step' }),
    () => ({ type: 'message-metadata', messageMetadata: { [id()]: { [id()]: random(9) } } }),
    () => ({ type: 'source-url', sourceId: id(), url: 'https://x.test', ...maybe(provider) }),
    () => ({ type: 'unheard-of', id: id() }),
  ];
  const goOn: (() => Chunk | undefined)[] = [
    () => {
      const known = pick(texts);
      if (known === undefined) return undefined;
      const [kind, textId] = known.split('-');
      const isEnd = random(3) === 0;
      if (isEnd) texts.delete(known);
      const more = isEnd ? maybe(provider) : { delta: pick(['a', ' b', '\n', '😀'])! };
      return { type: `${kind}-${isEnd ? 'end' : 'delta'}`, id: textId!, ...more };
    },
    () => {
      const known = pick(open);
      if (known === undefined) return undefined;
      const at = typed.get(known) ?? 0;
      const length = 1 + random(6);
      typed.set(known, at + length);
      return delta(known, inputText.slice(at, at + length));
    },
    () => {
      const known = pick(calls.keys());
      return known === undefined
        ? undefined
        : output(known, { ...maybe({ preliminary: true }), ...maybe(provider) });
    },
    () => {
      const known = pick(calls.keys());
      return known === undefined
        ? undefined
        : outputError(known, maybe({ providerExecuted: true }));
    },
    () => {
      const known = pick(calls.keys());
      if (known) asked.add(known);
      return known === undefined ? undefined : approval(known, maybe({ reason: 'r' }));
    },
    () => {
      const known = pick(asked);
      return known === undefined
        ? undefined
        : approved(known, random(2) === 0, maybe({ reason: 'because' }));
    },
    () => {
      const known = pick(calls.keys());
      return known === undefined ? undefined : { type: 'tool-output-denied', toolCallId: known };
    },
  ];
  for (let left = random(30); left > 0; left -= 1) {
    const chunk = pick(random(2) === 0 ? begin : goOn)!();
    if (chunk) chunks.push(chunk);
  }
  return chunks;
}

test('what a fold reports besides its parts', () => {
  const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7, other: 1 };
  const fold = foldByUs([
    { type: 'start', messageId: 'm' },
    { type: 'error', errorText: 'The model is busy.' },
    { type: 'abort' },
    { type: 'finish', finishReason: 'length', messageMetadata: { usage } },
  ]);
  expect(fold).toMatchObject({ messageId: 'm', error: 'The model is busy.', isAborted: true });
  expect(fold.finishReason).toBe('length');
  expect(fold.usage).toEqual({ inputTokens: 3, outputTokens: 4, totalTokens: 7 });
  expect(createFold()).toMatchObject({ parts: [], metadata: {}, isAborted: false });
  expect(createFold().usage).toBeUndefined();
});

test('metadata of the answer that is continued is merged into', () => {
  const fold = createFold([], { messageId: 'm', metadata: { a: 1, b: 1 } });
  fold.add({ type: 'finish', messageMetadata: { b: 2 } });
  expect(fold.metadata).toEqual({ a: 1, b: 2 });
});

test('a chunk that does not fit is passed over', () => {
  const misfits: Chunk[] = [
    { type: 'text-delta', id: 'none', delta: 'x' },
    { type: 'text-end', id: 'none' },
    { type: 'tool-input-delta', toolCallId: 'none', inputTextDelta: 'x' },
    { type: 'tool-input-start' },
    { type: 'tool-input-available', toolCallId: 1, toolName: 'x' },
    output('none'),
    outputError('none'),
    approval('none'),
    approved('none', true),
    { type: 'tool-output-denied', toolCallId: 'none' },
    { type: 'file', mediaType: 'a/b' },
    { type: 'source-url', url: 'https://x.test' },
    { type: 'start', messageMetadata: 'x' },
    { type: 'finish', finishReason: 1 },
    { type: '' },
  ];
  const fold = foldByUs([...misfits, ...text('1', 'x')]);
  fold.add({ type: 'text-start', id: '2' });
  fold.add({ type: 'text-delta', id: '2', delta: 5 });
  expect(fold.parts).toEqual([
    { type: 'text', text: 'x', state: 'done' },
    { type: 'text', text: '', state: 'streaming' },
  ]);
  expect(fold.metadata).toEqual({});
});

test('a snapshot never changes, and shares unchanged parts', () => {
  const fold = foldByUs(text('1', 'a'));
  const before = fold.parts;
  fold.add({ type: 'text-start', id: '2' });
  const between = fold.parts;
  fold.add({ type: 'text-delta', id: '2', delta: 'b' });
  expect(before).toHaveLength(1);
  expect(between[1]).toMatchObject({ text: '' });
  expect(fold.parts[0]).toBe(before[0]);
  expect(fold.parts[1]).toMatchObject({ text: 'b' });
});

test('steps are where a reader takes an answer up', () => {
  expect(isStepBoundary({ type: 'start-step' })).toBe(true);
  expect(isStepBoundary({ type: 'finish-step' })).toBe(false);
});

test.each([
  ['text', { type: 'text-start', id: '1' }, { type: 'text-delta', id: '1', delta: 'word ' }],
  ['tool input', call('1'), delta('1', '"word ')],
])('the cost of a delta does not grow with the answer: %s', (_kind, first, next) => {
  const fold = foldByUs([{ type: 'start-step' }, first]);
  const cpuMs = cpuMsOf(() => {
    for (let i = 0; i < 200_000; i += 1) fold.add(next);
  });
  expect(fold.parts).toHaveLength(2);
  // It takes about 80 ms; copying the text for each delta would take half a minute.
  expect(cpuMs).toBeLessThan(3000);
});
