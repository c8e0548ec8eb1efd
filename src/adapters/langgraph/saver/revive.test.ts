import {
  AIMessage,
  AIMessageChunk,
  ChatMessage,
  HumanMessage,
  RemoveMessage,
  SystemMessage,
  ToolMessage,
  type BaseMessage,
} from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../../engine/fault/seeded-random.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import { hasTrace, traceOf } from './element-trace.ts';
import { Reviver } from './revive.ts';

const { serde } = new MemorySaver();
const seed = seedForTesting();
const texts = ['', 'Hello', '"\\', '\u0000é', 'lc', '__proto__', 'undefined'];

function randomMessage(random: SeededRandom): BaseMessage {
  const content = random.pick([
    random.pick(texts),
    [{ type: 'text', text: random.pick(texts) }],
    [],
  ]);
  const fields = {
    content,
    ...(random.below(2) === 0 && { id: random.pick(texts) }),
    ...(random.below(3) === 0 && { name: 'name' }),
    ...(random.below(3) === 0 && { additional_kwargs: { extra: randomPlain(random, 0) } }),
    ...(random.below(3) === 0 && { response_metadata: { model: [1, null] } }),
  } as { content: string };
  const call = { name: 'tool', args: { a: randomPlain(random, 0) }, id: 'c1' };
  const usage_metadata = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
  const whole = { ...fields, tool_calls: [call], usage_metadata } as { content: string };
  return random.pick([
    () => new HumanMessage(fields),
    () => new AIMessage(fields),
    () => new AIMessage(whole),
    () => new AIMessageChunk({ ...fields, tool_call_chunks: [] }),
    () => new SystemMessage(fields),
    () => new ToolMessage({ ...fields, tool_call_id: 'c1', artifact: { a: 1 } }),
    () => new ChatMessage({ ...fields, role: 'critic' }),
    () => new RemoveMessage({ id: 'gone' }),
  ])();
}

/** A value as JSON, sometimes with parts that only the serializer understands. */
function randomPlain(random: SeededRandom, depth: number): unknown {
  switch (random.below(depth > 2 ? 4 : 8)) {
    case 0:
      return random.pick([null, true, -1, 1e21, 0.1]);
    case 4:
    case 5:
      return Array.from({ length: random.below(4) }, () => randomPlain(random, depth + 1));
    case 6:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          // The serializer makes a value under `__proto__` the prototype: see the test of poisoned
          // input.
          random.pick(texts).replace('__proto__', 'key'),
          randomPlain(random, depth + 1),
        ]),
      );
    case 7:
      return random.pick([undefined, new Set([1]), new Map([['a', 1]]), { lc: 2 }, { lc: 1 }]);
    default:
      return random.pick(texts);
  }
}

async function dump(value: unknown): Promise<string> {
  return new TextDecoder().decode((await serde.dumpsTyped(value))[1]);
}

function randomValue(random: SeededRandom): unknown {
  return random.below(2) === 0 ? randomMessage(random) : randomPlain(random, 0);
}

test(`values are revived as the serializer does it, seed ${seed}`, async () => {
  const random = seededRandom(seed);
  const reviver = new Reviver(serde);
  let quick = 0;
  for (let run = 0; run < 1500; run++) {
    const text = await dump(randomValue(random));
    const json = JSON.parse(text) as JsonValue;
    const theirs: unknown = await serde.loadsTyped('json', text);
    const isQuick = reviver.tryRevive(json) !== undefined;
    const ours = await reviver.revive(json);
    expect(ours.value, text).toStrictEqual(theirs);
    expect(await dump(ours.value), text).toBe(await dump(theirs));
    if (ours.isExact) expect(await dump(ours.value)).toBe(text);
    // The result belongs to the caller.
    expect(JSON.stringify(json)).toBe(text);
    if (isQuick) quick++;
  }
  expect(quick).toBeGreaterThan(700);
});

test(`a value has its trace only while it gives the same text, seed ${seed}`, async () => {
  const random = seededRandom(seed);
  let traced = 0;
  for (let run = 0; run < 1500; run++) {
    const value = randomValue(random);
    const trace = traceOf(value);
    if (trace === undefined) continue;
    traced++;
    expect(hasTrace(value, trace)).toBe(true);
    const before = await dump(value);
    const others = [randomValue(random), structuredCloneOf(value), changed(random, value)];
    for (const other of others) {
      if (hasTrace(other, trace)) expect(await dump(other)).toBe(before);
    }
    // The last one was changed in place.
    if ((await dump(value)) !== before) expect(hasTrace(value, trace)).toBe(false);
  }
  expect(traced).toBeGreaterThan(500);
});

/** Plain data only; a message comes out as another object without its class. */
function structuredCloneOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
}

/** Changes something in the value if possible. */
function changed(random: SeededRandom, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>; // any object can be written like this
  const change = random.below(4);
  if (change === 0) object.content = 'changed';
  else if (change === 1) object.added = 1;
  else if (change === 2) delete object[Object.keys(object)[0] ?? 'none'];
  else if (typeof object.lc_kwargs === 'object') Object.assign(object.lc_kwargs!, { more: true });
  return value;
}
