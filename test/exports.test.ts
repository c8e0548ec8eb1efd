import { describe, expect, test } from 'vitest';
import { findDeadExports, testSeams, type TestSeams } from './rules/dead-exports.ts';
import {
  exportedNames,
  findDependencyProblems,
  findExportsMismatches,
  findLockFileProblems,
  publishedFolders,
} from './rules/exports.ts';
import { report } from './rules/finding.ts';
import { projectFile, projectFiles, type ProjectFile } from './rules/project-files.ts';
import { isSource } from './rules/tidy.ts';

const manifest = projectFile('package.json');
const update = 'npm test -- test/exports.test.ts -u';

describe('the package', () => {
  test('publishes exactly its entry files', () => {
    expect(report(findExportsMismatches(manifest, projectFiles('src')))).toBe('');
  });

  test('publishes the names in the snapshot', async () => {
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
      `The published names have changed, which users will notice (if this is intended: ${update})`,
    ).toMatchFileSnapshot('exports.snapshot.txt');
  });

  test('exports from a module only what others import', () => {
    const files = projectFiles().filter(isSource);
    expect(report(findDeadExports(files, testSeams))).toBe('');
  });

  test('depends only on the agreed packages, in exact versions', () => {
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
  const files = new Map<string, ProjectFile>([[y.path, y]]);
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

  test('include what a list that is passed on declares or passes on itself, once', () => {
    files.set('src/y/list.ts', {
      path: 'src/y/list.ts',
      text: [
        "import type { Hidden } from './hidden.ts';",
        "import { other } from './other.ts';",
        "export type * from './types.ts';",
        'export interface Both { readonly hidden: Hidden }',
        'export const Both = other;',
        'interface Own {}',
        'export type Mine = Own;',
      ].join('\n'),
    });
    const text = "export type * from '../y/list.ts';";
    expect(names(text)).toEqual(['type Both', 'type H', 'type Mine']);
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

describe('a dead export', () => {
  const file = (path: string, text: string): ProjectFile => ({ path, text });
  const check = (seams: TestSeams, ...files: readonly ProjectFile[]): string =>
    report(findDeadExports(files, seams));
  const two = 'export const a = 1;\nexport interface B {}';

  test('is named with its place', () => {
    const importer = file('src/x/b.ts', "import { a as c } from './a.ts';");
    expect(check({}, file('src/x/a.ts', two), importer)).toBe(
      'src/x/a.ts:2 exports B, which no other file imports: take the export away.',
    );
    expect(check({}, file('src/x/a.ts', 'export async function f() {}'))).toContain('f, which');
  });

  test.each([
    "import { a, type B } from './a.ts';",
    "export { a, B } from './a.ts';",
    "import * as all from './a.ts';",
    "const { a } = await import('./a.ts');",
  ])('is none beside %s', (text) => {
    expect(check({}, file('src/x/a.ts', two), file('src/x/b.ts', text))).toBe('');
  });

  test('is none in an entry or a configuration', () => {
    expect(check({}, file('src/x/index.ts', two), file('vitest.config.ts', two))).toBe('');
  });

  test.each(['src/x/b.test.ts', 'src/x/b.fuzz.ts', 'test/toy/src/x/b.ts', 'test/support/b.ts'])(
    'of the product is one beside a test: %s',
    (path) => {
      const up = '../'.repeat(path.split('/').length - 1);
      const tests = [`{ a }`, '* as all'].map((clause) =>
        file(path, `import ${clause} from '${up}src/x/a.ts';`),
      );
      for (const importer of tests) {
        expect(check({}, file('src/x/a.ts', 'export const a = 1;'), importer)).toContain(
          'src/x/a.ts:1 exports a, which only tests import: test what the product uses',
        );
      }
    },
  );

  test('of a test is none beside another test', () => {
    const importer = file('test/a.test.ts', "import { a, B } from './support/a.ts';");
    expect(check({}, file('test/support/a.ts', two), importer)).toBe('');
  });

  test('may be one for tests, with a reason', () => {
    const importer = file('src/x/a.test.ts', "import { a, B } from './a.ts';");
    const seams = { 'src/x/a.ts#a': 'why', 'src/x/a.ts#B': 'why' };
    expect(check(seams, file('src/x/a.ts', two), importer)).toBe('');
  });

  test('has no reason that nothing needs', () => {
    const files = [file('src/x/a.ts', two), file('src/x/b.ts', "import { a, B } from './a.ts';")];
    expect(check({ 'src/x/a.ts#a': 'why' }, ...files)).toContain(
      'lists src/x/a.ts#a, which is gone',
    );
    expect(check({ 'src/x/c.ts#c': 'why' }, ...files)).toContain('lists src/x/c.ts#c');
  });
});
