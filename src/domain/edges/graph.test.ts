import { describe, expect, test } from 'vitest';
import {
  only,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Item } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import type { NewRun, Run } from '../../api/run.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import type { EdgeType, NewEdge } from '../../api/edge.ts';

const responder = scripted(() => textChunks('An answer.'));

/** A finished run with its input. */
async function ask(
  kit: StoreKit,
  threadId: string,
  more: NewRun = { input: 'Q' },
): Promise<{ run: Run; question: Item | undefined }> {
  const { items, done } = await kit.owner.runs.start(threadId, { responder, ...more });
  return { run: await done, question: items[0] };
}

async function nodesOf(caller: ProjectApi, threadId: string, runId?: string): Promise<unknown[]> {
  const { nodes } = await caller.threads.graph(threadId, runId === undefined ? {} : { runId });
  return nodes.map((node) => [node.runId, node.spanId, ...node.itemIds]);
}

async function edgesOf(caller: ProjectApi, threadId: string, runId?: string): Promise<string[]> {
  const { edges } = await caller.threads.graph(threadId, runId === undefined ? {} : { runId });
  return edges.map(({ fromSpanId, type, toSpanId }) => `${fromSpanId} ${type} ${toSpanId}`);
}

function edge(fromItemId: string, toItemId: string, type: EdgeType = 'depends_on'): NewEdge {
  return { fromItemId, toItemId, type };
}

describe('the root span of a run', () => {
  test('contains the answer of a model once it is stored', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const hung = gate();
    const slow = scripted(async function* () {
      await hung.opened;
      yield* textChunks('slow');
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Q', responder: slow });
    expect(await nodesOf(kit.owner, id, run.id)).toEqual([]);
    hung.open();
    const { outputItemId, model, startedAt, endedAt } = await done;
    const told = { label: model, status: 'completed', startedAt, endedAt, usage: null };
    const node = { spanId: run.id, runId: run.id, itemIds: [outputItemId] };
    expect(await kit.owner.threads.graph(id, { runId: run.id })).toEqual({
      nodes: [{ id: run.id, ...told, parentId: null, ...node }],
      edges: [],
      truncated: false,
    });
  });

  test("contains the run's items without a span, and those that name the run as their span", async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said: Item[] = [];
    for (const spanId of [undefined, 'step', 'run', undefined]) {
      said.push(await kit.append(id, { runId: 'run', ...(spanId && { spanId }) }));
    }
    const [first, step, named, last] = said.map((item) => item.id);
    await kit.append(id, { text: 'of no run' });
    const nodes = [
      ['run', 'run', first, named, last],
      ['run', 'step', step],
    ];
    expect(await nodesOf(kit.owner, id, 'run')).toEqual(nodes);
    expect(await nodesOf(kit.owner, id)).toEqual(nodes);
  });

  test('is not there beside the spans that a run names, unless an item names it', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a, b] = [
      await kit.append(id, { runId: 'run' }),
      await kit.append(id, { runId: 'run', spanId: 'step' }),
    ].map((item) => item.id);
    await kit.owner.edges.create(id, [edge(b!, a!, 'caused_by')]);
    expect(await nodesOf(kit.owner, id, 'run')).toEqual([['run', 'step', b]]);
    expect(await edgesOf(kit.owner, id, 'run')).toEqual([]);
    const { id: c } = await kit.append(id, { runId: 'run', spanId: 'run' });
    await kit.owner.edges.create(id, [edge(c, b!)]);
    expect(await nodesOf(kit.owner, id, 'run')).toEqual([
      ['run', 'run', a, c],
      ['run', 'step', b],
    ]);
    expect(await edgesOf(kit.owner, id, 'run')).toEqual([
      'step caused_by run',
      'run depends_on step',
    ]);
  });

  test('is another one in the next run, and edges lead from one to the other', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const { run: first } = await ask(kit, id);
    const { run: second } = await ask(kit, id);
    await kit.owner.edges.create(id, [edge(second.outputItemId!, first.outputItemId!)]);
    expect(await nodesOf(kit.owner, id)).toEqual([
      [first.id, first.id, first.outputItemId],
      [second.id, second.id, second.outputItemId],
    ]);
    expect(await edgesOf(kit.owner, id)).toEqual([`${second.id} depends_on ${first.id}`]);
    expect(await edgesOf(kit.owner, id, second.id)).toEqual([]);
  });

  test('shows each caller what it may see', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const { run } = await ask(kit, id);
    const node = [run.id, run.id, run.outputItemId];
    expect(await nodesOf(kit.anonymous, id, run.id)).toEqual([node]);
    const secret = await kit.append(id, { runId: run.id, private: true });
    expect(await nodesOf(kit.owner, id, run.id)).toEqual([[...node, secret.id]]);
    expect(await nodesOf(kit.other, id, run.id)).toEqual([node]);
    await kit.owner.items.update(id, [{ id: run.outputItemId!, visibility: 'hidden' }]);
    expect(await nodesOf(kit.other, id, run.id)).toEqual([]);
  });

  test('has at most as many items as a graph takes', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    for (let i = 0; i < 11; i++) {
      await kit.owner.items.append(
        id,
        times(1000, () => ({ role: 'tool', text: '', runId: 'run' })),
      );
    }
    const { nodes, truncated } = await kit.owner.threads.graph(id, { runId: 'run' });
    expect([nodes.length, nodes[0]?.itemIds.length, truncated]).toEqual([1, 10_000, true]);
  });
});

describe('a node', () => {
  test('tells of a run without spans its model, status, times and usage', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const usage = { inputTokens: 3, outputTokens: 4 };
    const counted = scripted(function* () {
      yield* textChunks('Counted.');
      yield { type: 'finish', messageMetadata: { usage } };
    }, 'maker/model');
    const { run } = await ask(kit, id, { input: 'Q', responder: counted });
    const failing = scripted(function* () {
      yield* textChunks('Half');
      throw new Error('The provider is gone.');
    });
    const { run: failed } = await ask(kit, id, { input: 'Q', responder: failing });
    const { nodes } = await kit.owner.threads.graph(id);
    expect(nodes).toMatchObject(
      [run, failed].map(({ id: runId, status, startedAt, endedAt, ...more }) => ({
        id: runId,
        label: more.model,
        status,
        startedAt,
        endedAt,
        usage: more.usage ?? null,
      })),
    );
    expect([run.usage, failed.status]).toEqual([usage, 'failed']);
  });

  test('of a span has the times of its items, and ends with its run', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    await using kit = await openKit({ clock: () => nowMs });
    const { id } = await kit.thread();
    const hung = gate();
    const slow = scripted(async function* () {
      await hung.opened;
      yield* textChunks('slow');
    });
    const { run, done } = await kit.owner.runs.start(id, { input: 'Q', responder: slow });
    const said: Item[] = [];
    for (const spanId of ['step', 'next', 'step']) {
      nowMs += 1000;
      said.push(await kit.append(id, { role: 'tool', runId: run.id, spanId }));
    }
    const [first, next, last] = said.map(({ createdAt }) => createdAt);
    const read = async (): Promise<unknown> => {
      const { nodes } = await kit.owner.threads.graph(id, { runId: run.id });
      return nodes.map(({ label, status, startedAt, endedAt, usage }) => [
        ...[label, status, startedAt, endedAt, usage],
      ]);
    };
    expect(await read()).toEqual([
      ['step', 'running', first, null, null],
      ['next', 'running', next, null, null],
    ]);
    hung.open();
    await done;
    expect(await read()).toEqual([
      ['step', 'completed', first, last, null],
      ['next', 'completed', next, next, null],
    ]);
  });

  test('has the node that it replies to as its parent, in its run or in another', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const question = await kit.append(id, { text: 'in no node' });
    const say = (runId: string, spanId: string, parentId: string): Promise<Item> =>
      kit.append(id, { role: 'tool', runId, spanId, parentId });
    const plan = await say('a', 'plan', question.id);
    const again = await say('a', 'plan', plan.id);
    await say('a', 'search', again.id);
    await say('b', 'plan', plan.id);
    const { nodes } = await kit.owner.threads.graph(id);
    expect(nodes.map((node) => [node.id, node.parentId])).toEqual([
      ['plan', null],
      ['search', 'plan'],
      ['plan@b', 'plan'],
    ]);
    const { nodes: ofRun } = await kit.owner.threads.graph(id, { runId: 'b' });
    expect(ofRun.map((node) => [node.id, node.parentId])).toEqual([['plan', null]]);
  });

  test('has an id of its own, whatever spans are called', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const items: Item[] = [];
    for (const [runId, spanId] of [
      ['b', 'step@c'],
      ['b', 'step'],
      ['c', 'step'],
      ['c', 'step@c'],
    ] as const) {
      items.push(await kit.append(id, { role: 'tool', runId, spanId }));
    }
    await kit.owner.edges.create(id, [edge(items[2]!.id, items[1]!.id)]);
    const { nodes, edges } = await kit.owner.threads.graph(id);
    expect(nodes.map((node) => node.id)).toEqual(['step@c', 'step', 'step@c.2', 'step@c@c']);
    expect(edges).toEqual([
      { from: 'step@c.2', to: 'step', fromSpanId: 'step', toSpanId: 'step', type: 'depends_on' },
    ]);
  });

  test('tells strangers and forks nothing of a run that they may not know', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const input: NewRun['input'] = [{ role: 'user', text: 'Secret', private: true }];
    const { run } = await ask(kit, id, { input });
    await kit.append(id, { role: 'tool', runId: run.id, sawPrivate: false });
    const open = await ask(kit, id);
    const told = async (caller: ProjectApi, threadId: string): Promise<unknown[]> =>
      (await caller.threads.graph(threadId)).nodes.map(({ id: node, label }) => [node, label]);
    expect(await told(kit.owner, id)).toEqual([
      [run.id, run.model],
      [open.run.id, open.run.model],
    ]);
    expect(await told(kit.anonymous, id)).toEqual([[open.run.id, open.run.model]]);
    const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
    const { nodes } = await kit.owner.threads.graph(fork.id);
    expect(nodes.map(({ label, status }) => [label, status])).toEqual([
      [run.id, 'completed'],
      [open.run.id, 'completed'],
    ]);
  });
});

describe('an answer in the place of another', () => {
  test('is of the run that gave it, and the place of the run that came first', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const { run: first } = await ask(kit, id);
    const replacesId = first.outputItemId!;
    const { run: second } = await ask(kit, id, { replacesId });
    expect(second.outputItemId).not.toBe(replacesId);
    const nodes = [
      [first.id, first.id, replacesId],
      [second.id, second.id, second.outputItemId],
    ];
    for (const caller of [kit.owner, kit.anonymous]) {
      expect(await nodesOf(caller, id, first.id)).toEqual([nodes[0]]);
      expect(await nodesOf(caller, id, second.id)).toEqual([nodes[1]]);
      expect(await nodesOf(caller, id)).toEqual(nodes);
    }
    const fork = only(await kit.other.threads.fork([{ threadId: id }]));
    expect(await nodesOf(kit.other, fork.id)).toEqual(nodes);
    await kit.owner.items.update(id, [{ id: replacesId, visibility: 'hidden' }]);
    expect(await nodesOf(kit.owner, id)).toEqual([]);
  });

  test('that was replaced itself is not shown', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const { run: first } = await ask(kit, id);
    const replacesId = first.outputItemId!;
    const { run: second } = await ask(kit, id, { replacesId });
    const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
    const { run: third } = await ask(kit, id, { replacesId });
    expect(await nodesOf(kit.owner, id, second.id)).toEqual([]);
    const answer = [third.id, third.id, third.outputItemId];
    expect(await nodesOf(kit.owner, id, third.id)).toEqual([answer]);
    const before = [second.id, second.id, second.outputItemId];
    expect(await nodesOf(kit.owner, fork.id, second.id)).toEqual([before]);
  });

  test('by the same run is in the graph once', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [first] = await kit.owner.items.append(id, [
      { role: 'assistant', text: 'half', runId: 'run' },
    ]);
    await kit.append(id, { role: 'assistant', runId: 'run', replacesId: first!.id });
    expect(await nodesOf(kit.owner, id, 'run')).toEqual([['run', 'run', first!.id]]);
  });

  test('in a span leaves the span as it is', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const step = await kit.append(id, { role: 'tool', runId: 'run', spanId: 'step' });
    await kit.append(id, { role: 'tool', runId: 'again', spanId: 'step', replacesId: step.id });
    expect(await nodesOf(kit.owner, id)).toEqual([['run', 'step', step.id]]);
    expect(await nodesOf(kit.owner, id, 'again')).toEqual([]);
  });
});
