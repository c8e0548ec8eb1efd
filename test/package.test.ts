/**
 * The package as it is built and published. `npm test` builds it first; run alone, it tests the
 * last build.
 */
import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { exportedNames, publishedFolders, readManifest } from './rules/exports.ts';
import { projectFile, rootFolder } from './rules/project-files.ts';

const run = promisify(execFile);
const manifest = projectFile('package.json');

test('plain Node loads every subpath by its name and finds what the entry file lists', async () => {
  const subpaths = [...publishedFolders(manifest)];
  const script = `
    const found = {};
    for (const subpath of ${JSON.stringify(subpaths.map(([, subpath]) => subpath))}) {
      found[subpath] = Object.keys(await import(subpath)).toSorted();
    }
    console.log(JSON.stringify(found));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, args, { cwd: rootFolder });
  const listed = subpaths.map(([folder, subpath]) => {
    const names = exportedNames(projectFile(`src/${folder}/index.ts`), new Map());
    return [subpath, names.filter((name) => !name.startsWith('type '))];
  });
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(listed));
});

test('types stand beside every entry file, and no test is among them', async () => {
  const files = await readdir(join(rootFolder, 'dist'), { recursive: true });
  const types = [...publishedFolders(manifest).keys()].map((folder) => `${folder}/index.d.ts`);
  expect(files).toEqual(expect.arrayContaining(types));
  expect(files.filter((file) => /\.(?:test|fuzz|bench)\.|testing|support/.test(file))).toEqual([]);
});

test('the command is executable and knows its version', async () => {
  const main = join(rootFolder, 'dist/cli/main.js');
  await access(main, constants.X_OK);
  const { stdout } = await run(process.execPath, [main, '--version'], { cwd: rootFolder });
  expect(stdout.trim()).toContain(readManifest(manifest).version);
});
