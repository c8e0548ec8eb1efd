/** The page about models is a program: it runs, and says what it says. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the examples of docs/models.md run', async () => {
  const page = await readFile(join(root, 'docs/models.md'), 'utf8');
  const blocks = [...page.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
  expect(blocks.length).toBeGreaterThan(3);
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const program = `${blocks.join('\n')}
      console.log(JSON.stringify({
        log: log.map(({ parts }) => parts[0].text),
        newest: newest.map(({ role }) => role),
        ofRun: ofRun.map(({ spanId }) => spanId),
        renamed: renamed.title,
        page: page.length,
        open,
      }));
      await store.close();`;
    // The published names stand for their sources, so that the page is about what is here.
    const runnable = program.replaceAll(/'skein(\/[\w/]+)?'/g, (_all, subpath?: string) =>
      JSON.stringify(join(root, 'src', subpath ?? 'store', 'index.ts')),
    );
    await writeFile(join(folder, 'page.mts'), runnable);
    const { stdout } = await promisify(execFile)(process.execPath, ['page.mts'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      log: ['This is critical.', 'I am on it.'],
      newest: ['assistant'],
      ofRun: ['main'],
      renamed: 'Urgent',
      page: 1,
      open: [{ ticket: 'T-101', title: 'Urgent', items: 2 }],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
