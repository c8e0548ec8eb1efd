import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import { Annotation, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { describe, expect, test } from 'vitest';
import { allTables } from '../../../records/all-tables.ts';
import { gate } from '../../../../test/support/domain/responders-for-testing.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import {
  openKit,
  settled,
  type StoreKit,
} from '../../../../test/support/store/store-kit-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';

const threadId = '0b6f1a52-5d0e-4c57-8f1c-1f6a4f7f1d11';
const configFor = (thread_id = threadId): object => ({
  configurable: { thread_id, userId: 'owner' },
});

const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  /** Messages elsewhere: in a list, nested, and one alone. */
  archive: Annotation<BaseMessage[]>({ reducer: (_old, added) => added, default: () => [] }),
  nested: Annotation<{ readonly last?: BaseMessage }>(),
});

interface Kit extends AsyncDisposable {
  readonly kit: StoreKit;
  readonly saver: SkeinSaver;
  /** What the model was given at each turn, as text. */
  readonly given: string[];
  say(text: string, id: string, thread?: string): Promise<void>;
  /** Everything that the engine stores, as text. */
  everything(): Promise<string>;
}

function open(kit: StoreKit, before: () => Promise<void> = () => Promise.resolve()): Kit {
  const saver = new SkeinSaver({ store: kit.store, projectId: 'project' });
  const given: string[] = [];
  const graph = new StateGraph(State)
    .addNode('answer', async ({ messages }) => {
      await before();
      given.push(messages.map(({ text }) => text).join(' | '));
      const call = { id: `c${given.length}`, name: 'look', args: { at: 'ARGUMENT' } };
      const answer = new AIMessage({
        id: `a${given.length}`,
        content: 'Well.',
        tool_calls: [call],
      });
      const output = new ToolMessage({
        id: `t${given.length}`,
        tool_call_id: call.id,
        content: 'OUTPUT',
      });
      return { messages: [answer, output], archive: messages, nested: { last: messages.at(-1)! } };
    })
    .addEdge(START, 'answer')
    .compile({ checkpointer: saver });
  return {
    kit,
    saver,
    given,
    async say(text, id, thread) {
      await graph.invoke(
        { messages: [new HumanMessage({ id, content: text })] },
        configFor(thread),
      );
    },
    everything: async () =>
      JSON.stringify(await Promise.all(allTables.map((table) => kit.rows(table)))),
    [Symbol.asyncDispose]: () => kit[Symbol.asyncDispose](),
  };
}

async function redact(kit: StoreKit, key: string): Promise<void> {
  const { data } = await kit.owner.items.list(threadId, { limit: 100 });
  await kit.owner.items.redact(threadId, [data.find((item) => item.key === key)!.id]);
}

describe.each(enginePlaces)('a redacted message, on %s', (_name, create) => {
  test('is a tombstone in every checkpoint, and the next turn does not give it to the model', async () => {
    await using place = await create();
    await using graph = open(await openKit({ engine: place.open() }));
    await graph.say('CANARY', 'm1');
    await graph.say('and', 'm2');
    await redact(graph.kit, 'm1');
    expect(await graph.everything()).not.toContain('CANARY');
    for await (const { checkpoint, pendingWrites } of graph.saver.list(configFor())) {
      expect(JSON.stringify([checkpoint, pendingWrites])).not.toContain('CANARY');
    }
    await graph.say('then', 'm3');
    expect(graph.given.at(-1)).toBe(
      'This message was redacted. | Well. | OUTPUT | and | Well. | OUTPUT | then',
    );
    const state = (await graph.saver.getTuple(configFor()))!.checkpoint.channel_values;
    const [first] = state.messages as BaseMessage[];
    expect(first).toBeInstanceOf(HumanMessage);
    expect([first!.id, first!.text]).toEqual(['m1', 'This message was redacted.']);
    expect((state.archive as BaseMessage[])[0]!.text).toBe('This message was redacted.');
    const { data } = await graph.kit.owner.items.list(threadId);
    expect(data[0]).toMatchObject({ key: 'm1', parts: [] });
    expect(data).toHaveLength(9);
  });

  test('an answer and a tool output keep what ties them together', async () => {
    await using place = await create();
    await using graph = open(await openKit({ engine: place.open() }));
    await graph.say('hello', 'm1');
    await redact(graph.kit, 'a1');
    await redact(graph.kit, 't1');
    expect(await graph.everything()).not.toMatch(/ARGUMENT|OUTPUT/);
    const state = (await graph.saver.getTuple(configFor()))!.checkpoint.channel_values;
    const [, answer, output] = state.messages as [BaseMessage, AIMessage, ToolMessage];
    expect(answer.tool_calls).toMatchObject([{ id: 'c1', name: 'look', args: {} }]);
    expect(output.tool_call_id).toBe('c1');
  });

  test('is one in copies of the thread, too, whichever of them it is redacted in', async () => {
    await using place = await create();
    await using graph = open(await openKit({ engine: place.open() }));
    await graph.say('CANARY', 'm1');
    const copies = ['4', '5', '6'].map((digit) => threadId.replace('0b6f1a52', `0b6f1a5${digit}`));
    await graph.saver.copyThread(threadId, copies[0]!);
    await graph.say('CANARY in the copy', 'm2', copies[0]);
    await graph.saver.copyThread(copies[0]!, copies[1]!);
    await graph.saver.copyThread(threadId, copies[2]!);
    await redact(graph.kit, 'm1');
    await settled(graph.kit);
    expect(await graph.everything()).not.toContain('"CANARY"');
    await graph.say('then', 'm4', copies[1]);
    expect(graph.given.at(-1)).toMatch(/^This message was redacted\. .* CANARY in the copy/);
  });
});

test('a turn that began before the redaction does not bring the message back', async () => {
  const reached = gate();
  const going = gate();
  await using graph = open(await openKit(), async () => {
    reached.open();
    await going.opened;
  });
  const turn = graph.say('CANARY', 'm1');
  await reached.opened;
  const keys = async (): Promise<unknown[]> => {
    const { data } = await graph.kit.owner.items.list(threadId);
    return data.map(({ key }) => key);
  };
  await expect.poll(keys).toContain('m1'); // checkpoints are stored while the node is at work
  await redact(graph.kit, 'm1');
  going.open();
  await turn;
  expect(await graph.everything()).not.toContain('CANARY');
});

test('a message with a long id is found by its hash', async () => {
  await using graph = open(await openKit());
  await graph.say('CANARY', 'm'.repeat(200));
  const { data } = await graph.kit.owner.items.list(threadId);
  await graph.kit.owner.items.redact(threadId, [data[0]!.id]);
  expect(await graph.everything()).not.toContain('CANARY');
});

test('a process that remembers rows reads them again after the redaction in another', async () => {
  const { shareEngineForTesting } =
    await import('../../../../test/support/store/shared-engine-for-testing.ts');
  const { memory } = await import('../../../engines/memory/index.ts');
  const share = shareEngineForTesting(memory());
  await using here = open(await openKit({ engine: share() }));
  await using there = open(await openKit({ engine: share() }));
  await here.say('CANARY', 'm1');
  await there.saver.getTuple(configFor());
  await redact(here.kit, 'm1');
  const tuple = await there.saver.getTuple(configFor());
  expect(JSON.stringify(tuple!.checkpoint)).not.toContain('CANARY');
  await there.say('then', 'm2');
  expect(there.given.at(-1)).not.toContain('CANARY');
  expect(await here.everything()).not.toContain('CANARY');
});
