import { expect, test } from 'vitest';
import {
  issuesOf,
  openKit,
  textsIn,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';

test('a page around an item or a time has both sides, and cursors to go on', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const said = [];
  for (const text of times(9, (i) => `${i}`)) {
    said.push(...(await kit.say(id, text)));
    kit.clock.advance(1000);
  }
  const around = said[4]!.id;
  const page = await kit.owner.items.list(id, { around, limit: 4 });
  expect(textsIn(page.data)).toEqual(['3', '4', '5', '6']);
  const next = await kit.owner.items.list(id, { after: page.nextCursor!, limit: 2 });
  expect(textsIn(next.data)).toEqual(['7', '8']);
  const previous = await kit.owner.items.list(id, { before: page.prevCursor!, limit: 2 });
  expect(textsIn(previous.data)).toEqual(['1', '2']);
  const one = await kit.owner.items.list(id, { around, limit: 1 });
  expect(textsIn(one.data)).toEqual(['4']);
  const after = await kit.owner.items.list(id, { after: one.nextCursor!, limit: 1 });
  expect(textsIn(after.data)).toEqual(['5']);
  const falling = await kit.owner.items.list(id, { around, limit: 3, order: 'desc' });
  expect(textsIn(falling.data)).toEqual(['5', '4', '3']);
  const at = await kit.owner.items.list(id, { at: said[4]!.createdAt, limit: 4 });
  expect(textsIn(at.data)).toEqual(['2', '3', '4', '5']);
  for (const options of [{ at: 'noon' }, { at: said[0]!.createdAt, after: around }]) {
    expect(await issuesOf(kit.owner.items.list(id, options))).toEqual(['at']);
  }
  expect(await issuesOf(kit.owner.items.list(id, { around: 'x' }))).toEqual(['around']);
});
