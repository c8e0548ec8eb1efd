import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from './load-config.ts';
import { loadResponders } from './create-responders.ts';

/** The code on the page is extracted and run unchanged. */
const root = new URL('../../../../', import.meta.url);
let folder: string;
let page: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-'));
  page = await readFile(new URL('docs/configure-models.md', root), 'utf8');
});
afterEach(() => rm(folder, { recursive: true }));

function blocksOf(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , code]) => code ?? '');
}

test('the variables make the models that the page names', async () => {
  const lines = blocksOf('sh').find((block) => block.includes('SKEIN_')) ?? '';
  const env = Object.fromEntries(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2)),
  );
  const responders = await loadResponders({ cwd: folder, env });
  expect(responders.list().map(({ name }) => name)).toEqual([
    'localhost/llama3.2',
    'localhost/qwen3',
  ]);
});

test('the JSON is a configuration', async () => {
  const [json = ''] = blocksOf('json');
  await writeFile(join(folder, 'skein.config.json'), json);
  const { config } = await loadConfig({ cwd: folder, env: {} });
  expect(Object.keys(config.models ?? {})).toHaveLength(3);
});

test('the TypeScript is one, too', async () => {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'skein'), { recursive: true });
  for (const name of ['ai', '@ai-sdk/openai-compatible']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(fileURLToPath(new URL(`node_modules/${name}`, root)), join(modules, name));
  }
  // The package as users install it, with its source in place of the build.
  const entry = new URL('./index.ts', import.meta.url).href;
  const exports = { './adapters/ai-sdk/config': './config.js' };
  await writeFile(join(modules, 'skein/package.json'), JSON.stringify({ type: 'module', exports }));
  await writeFile(join(modules, 'skein/config.js'), `export * from ${JSON.stringify(entry)};`);
  const [code = ''] = blocksOf('ts');
  await writeFile(join(folder, 'skein.config.ts'), code);
  const responders = await loadResponders({ cwd: folder, env: {} });
  const shown = responders.list().map(({ kind, name }) => `${kind} ${name}`);
  expect(shown).toEqual(['model local/llama', 'agent poet']);
});
