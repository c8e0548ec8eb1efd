import {
  emptyCheckpoint,
  MemorySaver,
  uuid6,
  type BaseCheckpointSaver,
} from '@langchain/langgraph-checkpoint';
import { expect, test } from 'vitest';
import { memory } from '../../../engines/memory/index.ts';
import { createStore, type StoreProjectApi } from '../../../store/index.ts';
import { SkeinSaver } from './skein-saver.ts';

const threadId = 't';
const steps = 250;
const ids = Array.from({ length: steps }, (_, step) => uuid6(step));

/** Two namespaces with the same ids; the first checkpoint of each is an input. */
async function fill(saver: BaseCheckpointSaver): Promise<void> {
  for (const namespace of ['', 'inner']) {
    for (const [step, id] of ids.entries()) {
      const configurable = { thread_id: threadId, checkpoint_ns: namespace };
      const metadata = {
        source: step === 0 ? ('input' as const) : ('loop' as const),
        step,
        parents: {},
      };
      await saver.put({ configurable }, { ...emptyCheckpoint(), id }, metadata, {});
    }
  }
}

type ListOptions = NonNullable<Parameters<BaseCheckpointSaver['list']>[1]>;

async function list(
  saver: BaseCheckpointSaver,
  place: object,
  options: ListOptions = {},
): Promise<string[]> {
  const found: string[] = [];
  const configurable = { thread_id: threadId, ...place };
  for await (const { config } of saver.list({ configurable }, options)) {
    found.push(`${config.configurable?.checkpoint_ns} ${config.configurable?.checkpoint_id}`);
  }
  return found.toSorted();
}

test('reads no more pages and entries than it needs, and finds what MemorySaver finds', async () => {
  await using store = await createStore({ engine: memory() });
  const project = store.project('default').as({ userId: 'local' });
  const { checkpoints } = project;
  let [pages, entries] = [0, 0];
  const counting: typeof checkpoints.list = async (...args) => {
    const page = await checkpoints.list(...args);
    pages++;
    entries += page.data.length;
    return page;
  };
  const seen: StoreProjectApi = { ...project, checkpoints: { ...checkpoints, list: counting } };
  const [saver, official] = [new SkeinSaver({ project: seen }), new MemorySaver()];
  for (const target of [saver, official]) await fill(target);
  const cases: readonly (readonly [
    place: object,
    options: ListOptions,
    pages: number,
    entries: number,
  ])[] = [
    [{ checkpoint_ns: '' }, { limit: 1, filter: { source: 'input' } }, 3, 250],
    [{ checkpoint_ns: '' }, { filter: { source: 'input', step: 1 } }, 3, 250],
    [{ checkpoint_ns: '' }, { filter: { missing: undefined }, limit: 2 }, 1, 100],
    [{ checkpoint_ns: '' }, { filter: { source: undefined } }, 3, 250],
    [{ checkpoint_ns: '', checkpoint_id: ids[0] }, {}, 1, 1],
    [{ checkpoint_ns: '', checkpoint_id: ids[0] }, { limit: 1 }, 1, 1],
    [{ checkpoint_id: ids[7] }, {}, 1, 2],
    [{ checkpoint_id: ids[7] }, { limit: 1, filter: { step: 7 } }, 1, 2],
    [{ checkpoint_id: ids[7] }, { filter: { step: 8 } }, 1, 2],
    [{ checkpoint_id: ids[7] }, { before: { configurable: { checkpoint_id: ids[8] } } }, 1, 2],
    [{ checkpoint_id: ids[7] }, { before: { configurable: { checkpoint_id: ids[7] } } }, 1, 0],
    [{ checkpoint_id: 'none' }, {}, 1, 0],
    [{ checkpoint_ns: '' }, { limit: 3 }, 1, 3],
  ];
  for (const [place, options, pagesMax, entriesMax] of cases) {
    [pages, entries] = [0, 0];
    const found = await list(saver, place, options);
    const where = JSON.stringify([place, options]);
    const isCut = options.limit !== undefined && !('checkpoint_ns' in place);
    if (isCut) expect(found, where).toHaveLength(options.limit!);
    else expect(found, where).toEqual(await list(official, place, options));
    expect([pages, entries], where).toEqual([pagesMax, entriesMax]);
  }
});

test('of the namespaces that have a checkpoint each comes once, in pages of one', async () => {
  await using store = await createStore({ engine: memory() });
  await fill(new SkeinSaver({ store }));
  const { checkpoints } = store.project('default').as({ userId: 'local' });
  const options = { id: ids[3]!, limit: 1 };
  const first = await checkpoints.list(threadId, options);
  const second = await checkpoints.list(threadId, { ...options, after: first.next! });
  const third = await checkpoints.list(threadId, { ...options, after: second.next! });
  const places = [first, second, third].flatMap(({ data }) =>
    data.map(({ namespace }) => namespace),
  );
  expect(places).toEqual(['inner', '']);
  expect(third.next).toBeNull();
  expect((await checkpoints.list(threadId, { ...options, namespace: 'inner' })).next).toBeNull();
});
