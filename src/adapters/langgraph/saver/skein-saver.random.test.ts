import { HumanMessage } from '@langchain/core/messages';
import { Command, MemorySaver, type StateSnapshot } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../../engine/fault/seeded-random.ts';
import { canonicalJson, type JsonValue } from '../../../shared/json.ts';
import { createStore } from '../../../store/index.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import { SkeinSaver } from './skein-saver.ts';
import {
  buildGraph,
  planGraph,
  type Durability,
  type TestGraph,
} from '../../../../test/support/adapters/langgraph/saver/random-graph-for-testing.ts';

const config = { configurable: { thread_id: 'thread' } };
const durabilities: readonly Durability[] = ['exit', 'async', 'sync'];
const seed = seedForTesting();
const runs = 5;

test.each(enginePlaces)(
  `random graphs are in the same states on %s, seed ${seed}`,
  async (_, create) => {
    for (let run = 0; run < runs; run++) {
      const random = seededRandom(seed + run);
      const plan = planGraph(random);
      await using stack = new AsyncDisposableStack();
      const place = stack.use(await create());
      const store = stack.use(await createStore({ engine: place.open() }));
      const graphs = [new MemorySaver(), new SkeinSaver({ store })].map((saver) =>
        buildGraph(plan, saver),
      );
      for (let step = 0; step < 8; step++) {
        const operation = pickOperation(random, step);
        const outcomes: string[] = [];
        for (const graph of graphs) outcomes.push(await outcomeOf(operation.run, graph));
        const where = `seed ${seed + run}, ${JSON.stringify(plan)}, step ${step}: ${operation.name}`;
        expect(differenceOf(outcomes), where).toBeUndefined();
      }
    }
  },
);

interface Operation {
  readonly name: string;
  readonly run: (graph: TestGraph) => Promise<unknown>;
}

function pickOperation(random: SeededRandom, step: number): Operation {
  const durability = random.pick(durabilities);
  const at = random.below(10);
  const options = { ...config, durability };
  const input = { messages: [new HumanMessage({ id: `h${step}`, content: `Question ${step}` })] };
  const operations: Operation[] = [
    { name: `invoke ${durability}`, run: (graph) => graph.invoke(input, options) },
    {
      name: `resume ${durability}`,
      run: (graph) => graph.invoke(new Command({ resume: `answer ${step}` }), options),
    },
    { name: `go on ${durability}`, run: (graph) => graph.invoke(null, options) },
    {
      name: 'update',
      run: (graph) => graph.updateState(config, { count: step, log: [`update ${step}`] }),
    },
    {
      name: `update the past ${at}`,
      run: async (graph) => {
        const past = await pastOf(graph, at);
        return graph.updateState(past, { messages: input.messages });
      },
    },
    {
      name: `travel to ${at} ${durability}`,
      run: async (graph) => graph.invoke(null, { ...(await pastOf(graph, at)), durability }),
    },
    {
      name: `copy ${at}`,
      run: async (graph) => graph.updateState(await pastOf(graph, at), null, '__copy__'),
    },
  ];
  return step === 0 ? operations[0]! : random.pick(operations);
}

async function historyOf(graph: TestGraph): Promise<StateSnapshot[]> {
  const states: StateSnapshot[] = [];
  for await (const state of graph.getStateHistory(config)) states.push(state);
  return states;
}

async function pastOf(graph: TestGraph, at: number): Promise<StateSnapshot['config']> {
  const states = await historyOf(graph);
  return states[at % states.length]!.config;
}

/**
 * The result or the failure of the operation, and the states after it, in words that do not depend
 * on ids.
 */
async function outcomeOf(run: Operation['run'], graph: TestGraph): Promise<string> {
  const { interrupts, rest } = splitAnswer(await settled(run(graph)));
  const state = await settled(graph.getState(config, { subgraphs: true }));
  const history = await settled(historyOf(graph));
  const numbers = new Map<string, number>();
  const states = withoutIds(await textOf({ state, history }), numbers);
  const answer = withoutIds(await textOf(rest), numbers);
  const texts = await Promise.all(interrupts.map((interrupt) => textOf(interrupt)));
  const waiting = texts.map((text) => withoutIds(text, numbers)).toSorted();
  return [states, answer, ...waiting].join('\n');
}

/** Parallel tasks interrupt in any order; in the states each has its own. */
function splitAnswer(answer: unknown): { interrupts: readonly unknown[]; rest: unknown } {
  if (typeof answer !== 'object' || answer === null || !('__interrupt__' in answer)) {
    return { interrupts: [], rest: answer };
  }
  const { __interrupt__: interrupts, ...rest } = answer;
  return { interrupts: interrupts as readonly unknown[], rest }; // as LangGraph answers
}

async function settled(running: Promise<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([running]);
  return outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason);
}

async function textOf(value: unknown): Promise<string> {
  const [, data] = await new MemorySaver().serde.dumpsTyped(value);
  return canonicalJson(JSON.parse(new TextDecoder().decode(data)) as JsonValue);
}

/** The place where two texts begin to differ. */
function differenceOf([theirs = '', ours = '']: readonly string[]): object | undefined {
  if (theirs === ours) return undefined;
  let at = 0;
  while (theirs[at] === ours[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 300), at + 200);
  return { theirs: around(theirs), ours: around(ours) };
}

/** Ids and times differ from run to run: each becomes the number of its first occurrence. */
function withoutIds(text: string, numbers: Map<string, number>): string {
  const pattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b/g;
  return text
    .replaceAll(/\[(?:Memory|Skein)Saver\]/g, '[Saver]') // a saver's name in a config
    .replaceAll(/"(?:createdAt|ts)":"[^"]*"/g, '"time":""')
    .replaceAll(pattern, (id) => {
      if (!numbers.has(id)) numbers.set(id, numbers.size);
      return `<${numbers.get(id)}>`;
    });
}
