import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Users copy the examples first, so they are run as they are, against the build. */
test('the quickstart runs and prints what the README promises', async () => {
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

test('the thread of the LangGraph agent, resumed, is shown by the command that it prints', async () => {
  const run = promisify(execFile);
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  try {
    const { stdout } = await run(process.execPath, ['examples/langgraph-agent.ts', folder]);
    const lines = stdout.trimEnd().split('\n');
    const command = lines.pop()!; // it prints at least one line
    expect(lines).toEqual([
      "waiting: { question: 'Book a table for 2 at Chez Ada?' }",
      'answer: Done. Booked for 2 at Chez Ada.',
      'thread: A table for two, please. · Done. Booked for 2 at Chez Ada.',
    ]);
    const shown = await run(process.execPath, ['dist/cli/main.js', ...command.split(' ').slice(1)]);
    expect(shown.stdout).toMatch(/^A table for two, please\.\n.* 4 items/);
    expect(shown.stdout).toMatch(/→ book_table .*Chez Ada/);
    expect(shown.stdout).toMatch(/← book_table .*Booked for 2 at Chez Ada/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
