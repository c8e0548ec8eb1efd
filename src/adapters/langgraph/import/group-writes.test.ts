import { expect, test } from 'vitest';
import type { SourceWrite } from './checkpoint-source.ts';
import { groupWrites } from './group-writes.ts';

function write(taskId: string, index: number, channel: string): SourceWrite {
  return { taskId, index, channel, type: 'json', value: `${taskId} ${channel}` };
}

test('every write gets the index that it had', () => {
  const groups = groupWrites([
    write('a', 0, 'x'),
    write('a', 1, 'y'),
    write('b', -3, '__interrupt__'),
    write('b', 1, 'x'),
    write('c', -1, '__error__'),
    write('d', -4, '__resume__'),
    write('d', 0, 'x'),
    write('e', -3, '__interrupt__'),
    write('e', 2, 'x'),
  ]);
  const channels = [...groups].map(([task, writes]) => [task, writes.map(([channel]) => channel)]);
  expect(channels).toEqual([
    ['a', ['x', 'y']],
    ['b', ['__interrupt__', 'x']],
    ['c', ['__error__']],
    ['d', ['x', '__resume__']],
    ['e', ['__interrupt__', '__interrupt__', 'x']],
  ]);
});
