import { expect, test } from 'vitest';
import { FairTurns } from './fair-turns.ts';

test('little goes at once, and so much in a turn; the rest follows in its order', async () => {
  const turns = new FairTurns(100);
  const log: string[] = [];
  const hand = async (name: string, bytes: number): Promise<void> => {
    await turns.take(bytes);
    log.push(name);
  };
  expect(turns.take(60)).toBeUndefined();
  expect(turns.take(60)).toBeUndefined();
  const handing = ['a', 'b', 'c', 'd', 'e'].map((name) => hand(name, 50));
  const noticed = Array.from({ length: 4 }, async (_, i) => {
    for (let turn = 0; turn <= i; turn++) await new Promise((go) => setImmediate(go));
    log.push(`turn ${i + 1}`);
  });
  await Promise.all([...handing, ...noticed]);
  expect(log.join(' ')).toBe('a b turn 1 c d turn 2 e turn 3 turn 4');
  expect(turns.take(1)).toBeUndefined();
});

test('one piece may be larger than a turn', async () => {
  const turns = new FairTurns(10);
  expect(turns.take(1000)).toBeUndefined();
  await turns.take(1000);
  await turns.take(1000);
});
