import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** The examples are what people copy first, so they are run as they stand, against the build. */
test('the quickstart runs and says what the README promises', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/quickstart.ts']);
  expect(stdout).toContain("[ 'assistant', 'I am on it.' ], [ 'user', 'This is critical.' ]");
  expect(stdout).toContain('edit This is urgent.');
});

test('the map and reduce is drawn as the graph of its run', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/map-reduce.ts']);
  expect(stdout.split('\n')).toEqual([
    'answer: the, is, wide',
    'run: completed',
    '4 nodes: map-1, map-2, map-3, reduce',
    '3 edges:',
    'reduce depends_on map-1',
    'reduce depends_on map-2',
    'reduce depends_on map-3',
    '',
  ]);
});
