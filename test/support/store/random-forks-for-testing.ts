import { expect } from 'vitest';
import type { SeededRandom } from '../../../src/engine/fault/seeded-random.ts';
import type { ForkModel, ModelRow, ModelThread } from './fork-model-for-testing.ts';
import { codeOf, only, settled, textsIn, type StoreKit } from './store-kit-for-testing.ts';

const visibilities = ['visible', 'visible', 'hidden', 'archived'] as const;

/** A write to one thread, and its number. */
interface ForkStep {
  readonly kit: StoreKit;
  readonly model: ForkModel;
  readonly thread: ModelThread;
  readonly random: SeededRandom;
  readonly step: number;
}

/** One random write, on the store and on the model. Returns its description. */
export async function randomForkStep(
  kit: StoreKit,
  model: ForkModel,
  random: SeededRandom,
  step: number,
): Promise<string> {
  if (random.chance(0.3)) kit.clock.advance(random.below(3));
  const { alive } = model;
  if (alive.length === 0 || random.chance(0.02)) {
    const { id } = await kit.thread({ id: `t${step}` });
    model.create(id);
    return `${step} create`;
  }
  const thread = random.pick(alive);
  const row = thread.log.length > 0 ? random.pick(thread.log) : undefined;
  const kind = random.below(100);
  const here = { kit, model, thread, random, step };
  if (row === undefined || kind < 30) return append(here);
  if (kind < 50) return edit(here, row);
  if (kind < 68) return show(here, row);
  if (kind < 74) return redact(here, row);
  if (kind < 92 && alive.length < 12) return fork(here, row);
  return remove(here);
}

async function append({ kit, model, thread, random, step }: ForkStep): Promise<string> {
  const visibility = random.pick(visibilities);
  const texts = Array.from({ length: 1 + random.below(3) }, (_, i) => `${step}.${i}`);
  const items = await kit.owner.items.append(
    thread.id,
    texts.map((text) => ({ role: 'user', text, visibility })),
  );
  for (const [i, item] of items.entries()) model.append(thread, item.id, texts[i]!, visibility);
  return `${step} append ${thread.id}`;
}

async function edit({ kit, model, thread, step }: ForkStep, row: ModelRow): Promise<string> {
  const text = `${step} for ${row.text}`;
  const editing = kit.append(thread.id, { text, replacesId: row.id });
  if (model.isEditable(thread, row)) model.edit(thread, row, (await editing).id, text);
  else expect(await codeOf(editing)).toBe('conflict');
  return `${step} edit ${row.text} in ${thread.id}`;
}

async function show(
  { kit, model, thread, random, step }: ForkStep,
  row: ModelRow,
): Promise<string> {
  const visibility = random.pick(visibilities);
  await kit.owner.items.update(thread.id, [{ id: row.id, visibility }]);
  model.show(thread, row, visibility);
  return `${step} ${visibility} ${row.text} in ${thread.id}`;
}

async function redact({ kit, model, thread, step }: ForkStep, row: ModelRow): Promise<string> {
  await settled(kit); // while a source is being deleted it may still be the one that holds an item
  await kit.owner.items.redact(thread.id, [row.id]);
  model.redact(thread, row);
  return `${step} redact ${row.text} in ${thread.id}`;
}

async function fork({ kit, model, thread, step }: ForkStep, row: ModelRow): Promise<string> {
  const made = only(await kit.owner.threads.fork([{ threadId: thread.id, atItemId: row.id }]));
  model.fork(thread, row, made.id);
  return `${step} fork ${thread.id} at ${row.text} as ${made.id}`;
}

async function remove({ kit, model, thread, random, step }: ForkStep): Promise<string> {
  await kit.owner.threads.delete([thread.id]);
  model.delete(thread);
  if (random.chance(0.3)) await settled(kit);
  return `${step} delete ${thread.id}`;
}

/** Whether a thread of the store is as the model has it. */
export async function compareWithModel(
  kit: StoreKit,
  model: ForkModel,
  thread: ModelThread,
  where: string,
): Promise<void> {
  const head = await kit.owner.threads.get(thread.id);
  const found: Record<string, unknown> = {
    where: `${where} | ${thread.id}`,
    itemCount: head.itemCount,
    lastItemId: head.lastItemId,
    lastPreview: head.lastPreview,
  };
  const expected: Record<string, unknown> = {
    where: `${where} | ${thread.id}`,
    itemCount: thread.log.length,
    lastItemId: thread.log.at(-1)?.id ?? null,
    lastPreview: model.preview(thread),
  };
  for (const view of ['current', 'context', 'log'] as const) {
    const { data } = await kit.owner.items.list(thread.id, { view, limit: 1000 });
    found[view] = textsIn(data);
    expected[view] = model.view(thread, view);
    if (view !== 'log') continue;
    found.visibilities = data.map((item) => item.visibility);
    expected.visibilities = thread.log.map((row) =>
      model.visibilityOf(thread, row.originalId ?? row.id),
    );
  }
  expect(found).toEqual(expected);
}
