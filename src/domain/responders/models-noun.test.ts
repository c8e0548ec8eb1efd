import { expect, test } from 'vitest';
import { codeOf, openKit, times } from '../../../test/support/store/store-kit-for-testing.ts';
import type { Responder } from '../../api/responder.ts';
import { scripted } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';

function responder(name: string, traits: Partial<Responder> = {}): Responder {
  return { ...scripted(() => [], name), ...traits };
}

test('all are listed in the order of the configuration, with one default', async () => {
  const responders = sourceOf(
    responder('helper', { kind: 'agent' }),
    responder('lab/large'),
    responder('lab/small'),
    responder('demo/echo', { isDemo: true }),
  );
  await using kit = await openKit({ responders });
  expect(await kit.owner.models.list()).toEqual({
    data: [
      { name: 'helper', kind: 'agent', isDemo: false, isDefault: false },
      { name: 'lab/large', kind: 'model', isDemo: false, isDefault: true },
      { name: 'lab/small', kind: 'model', isDemo: false, isDefault: false },
      { name: 'demo/echo', kind: 'model', isDemo: true, isDefault: false },
    ],
  });
});

test('the default answers a run that names no model, and each can be named', async () => {
  const agent = responder('same', { kind: 'agent' });
  const responders = sourceOf(agent, responder('same'), responder('lab/other'));
  await using kit = await openKit({ responders });
  const { id } = await kit.thread();
  const { data } = await kit.owner.models.list();
  for (const { name, kind, isDefault } of data) {
    const named = await kit.owner.runs.start(id, { input: 'Hi', [kind]: name });
    expect((await named.done)[kind]).toBe(name);
    if (!isDefault) continue;
    const unnamed = await kit.owner.runs.start(id, { input: 'Hi' });
    expect((await unnamed.done)[kind]).toBe(name);
  }
  expect(data.filter(({ isDefault }) => isDefault)).toHaveLength(1);
});

test('where none is configured, there is none', async () => {
  await using kit = await openKit();
  expect(await kit.owner.models.list()).toEqual({ data: [] });
  await using onlyAgents = await openKit({
    responders: sourceOf(responder('helper', { kind: 'agent' })),
  });
  const { data } = await onlyAgents.owner.models.list();
  expect(data.map(({ isDefault }) => isDefault)).toEqual([false]);
});

test('every signed-in user sees the same in every project, an anonymous caller nothing', async () => {
  await using kit = await openKit({ responders: sourceOf(responder('lab/large')) });
  const list = await kit.owner.models.list();
  expect(await kit.other.models.list()).toEqual(list);
  expect(await kit.foreigner.models.list()).toEqual(list);
  expect(await codeOf(kit.anonymous.models.list())).toBe('unauthenticated');
});

test('of very many the first 1,000 are listed', async () => {
  const agents = times(1000, (i) => responder(`agent ${i}`, { kind: 'agent' }));
  await using kit = await openKit({ responders: sourceOf(...agents, responder('lab/large')) });
  const { data } = await kit.owner.models.list();
  expect([data.length, data[0]?.name, data.at(-1)?.name]).toEqual([1000, 'agent 0', 'agent 999']);
});
