import { describe, expect, test } from 'vitest';
import {
  exportedNames,
  findDependencyProblems,
  findExportsMismatches,
  findLockFileProblems,
  publishedFolders,
} from './rules/exports.ts';
import { report } from './rules/finding.ts';
import { projectFile, projectFiles, type ProjectFile } from './rules/project-files.ts';

const manifest = projectFile('package.json');
const update = 'npm test -- test/exports.test.ts -u';

describe('the package', () => {
  test('publishes exactly its entry files', () => {
    expect(report(findExportsMismatches(manifest, projectFiles('src')))).toBe('');
  });

  test('publishes the names that were agreed on', async () => {
    const entries = new Map(projectFiles('src').map((file) => [file.path, file]));
    const lines = [...publishedFolders(manifest)].flatMap(([folder, subpath]) => {
      const entry = entries.get(`src/${folder}/index.ts`);
      return [
        subpath,
        ...(entry === undefined ? [] : exportedNames(entry, entries)).map((name) => `  ${name}`),
      ];
    });
    await expect(
      `${lines.join('\n')}\n`,
      `The published names have changed, which users will notice (if it is meant: ${update})`,
    ).toMatchFileSnapshot('exports.snapshot.txt');
  });

  test('depends on what was agreed, in exact versions', () => {
    expect(report(findDependencyProblems(manifest))).toBe('');
  });

  test('can be installed anywhere from its lock file', () => {
    expect(report(findLockFileProblems(projectFile('package-lock.json')))).toBe('');
  });
});

describe('an exports map', () => {
  const target = { types: './dist/engine/index.d.ts', default: './dist/engine/index.js' };
  const entry: ProjectFile = {
    path: 'src/engine/index.ts',
    text: "/**\n * The contract.\n * @module\n */\nexport { a } from './a.ts';\n",
  };
  const tested: ProjectFile = { path: 'src/engine/a.test.ts', text: '' };
  const check = (exports: unknown, ...sources: readonly ProjectFile[]): string =>
    report(
      findExportsMismatches(
        { path: 'package.json', text: JSON.stringify({ exports }, undefined, 2) },
        sources,
      ),
    );

  test('that fits the tree is fine', () => {
    expect(check({ './engine': target, './package.json': './package.json' }, entry, tested)).toBe(
      '',
    );
  });

  test('has an entry file and a test behind every subpath', () => {
    expect(check({ './engine': target })).toContain(
      'package.json:3 "./engine" has no src/engine/index.ts',
    );
    expect(check({ './engine': target }, entry)).toContain('"./engine" has no test');
    expect(check({ './engine': './dist/engine/index.js' }, entry, tested)).toContain(
      '"./engine" must be {"types":',
    );
  });

  test('has every entry file, and those are lists with a sentence', () => {
    expect(check({}, entry)).toContain('src/engine/index.ts:1 is no published subpath');
    const withText = (text: string): string =>
      check({ './engine': target }, { ...entry, text }, tested);
    expect(withText("export { a } from './a.ts';")).toContain(
      'src/engine/index.ts:1 needs a sentence',
    );
    expect(withText("/** @module */\nexport { a } from './a.ts';")).toContain('needs a sentence');
    expect(withText(`${entry.text}export * from './b.ts';`)).toContain(
      'src/engine/index.ts:6 An entry file only',
    );
    expect(withText(`${entry.text}export const b = 1;`)).toContain('move "export const b = 1;"');
    expect(withText(`${entry.text}import './b.ts';`)).toContain(
      'index.ts:6 An entry file only lists names',
    );
  });
});

describe('published names', () => {
  const y = { path: 'src/y/types.ts', text: "export type { H } from './h.ts';" };
  const files = new Map([[y.path, y]]);
  const names = (text: string) => exportedNames({ path: 'src/x/index.ts', text }, files);

  test('are told by kind', () => {
    const text =
      "export { b, type C, d as a } from './x.ts';\nexport type {\n  E,\n  F as G,\n} from './y.ts';";
    expect(names(text)).toEqual(['a', 'b', 'type C', 'type E', 'type G']);
  });

  test('include every type of a list that is passed on whole', () => {
    const text = "export type * from '../y/types.ts';\nexport { b } from './x.ts';";
    expect(names(text)).toEqual(['b', 'type H']);
  });
});

describe('a dependency', () => {
  const check = (fields: unknown): string =>
    report(
      findDependencyProblems({ path: 'package.json', text: JSON.stringify(fields, undefined, 2) }),
    );

  test('is on the list', () => {
    expect(check({ dependencies: { zod: '4.6.7' } })).toBe('');
    expect(check({ dependencies: { lodash: '4.17.21' } })).toContain(
      'package.json:3 lodash is no agreed',
    );
  });

  test('is pinned', () => {
    expect(check({ dependencies: { zod: '^4.6.7' } })).toContain(
      'zod is "^4.6.7": pin one exact version',
    );
    expect(check({ devDependencies: { vitest: 'latest' } })).toContain('vitest is "latest"');
  });

  test('is optional when it is a peer', () => {
    expect(check({ peerDependencies: { pg: '>=8' } })).toContain('pg must be optional');
    expect(
      check({ peerDependencies: { pg: '>=8' }, peerDependenciesMeta: { pg: { optional: true } } }),
    ).toBe('');
  });
});

test('a lock file names no server and leaves no platform out', () => {
  const check = (packages: unknown): string =>
    report(
      findLockFileProblems({
        path: 'package-lock.json',
        text: JSON.stringify({ packages }, undefined, 2),
      }),
    );
  const tool = { optionalDependencies: { 'tool-darwin': '1.0.0' } };
  expect(check({ 'node_modules/tool': tool, 'node_modules/tool-darwin': {} })).toBe('');
  expect(check({ 'node_modules/tool': tool })).toContain('package-lock.json:5 lacks tool-darwin');
  expect(check({ 'node_modules/a': { resolved: 'x' } })).toContain(
    'package-lock.json:4 holds a download address',
  );
});
