import { describe, expect, test } from 'vitest';
import { publishedSubpaths } from './rules/exports.ts';
import { report } from './rules/finding.ts';
import {
  domainFloors,
  findCodeInApi,
  findEngineLoaders,
  findEngineNames,
  findForbiddenImports,
  findKeyTemplates,
  findUnpublishedImports,
  isTestCode,
} from './rules/layers.ts';
import { projectFile, projectFiles } from './rules/project-files.ts';
import { findTransitiveImports, testsThatStartPrograms } from './rules/transitive-imports.ts';

const sources = projectFiles('src', 'bench', 'apps', 'examples').filter(({ path }) =>
  /\.(?:ts|tsx|mts|js|mjs)$/.test(path),
);
const subpaths = publishedSubpaths(projectFile('package.json'));

describe('the project', () => {
  test('has sources to look at', () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  test('imports only downwards', () => {
    expect(report(findForbiddenImports(sources))).toBe('');
  });

  test('is used by bench, apps and examples as it is published', () => {
    const findings = sources.flatMap((file) => findUnpublishedImports(file, subpaths));
    expect(report(findings)).toBe('');
  });

  test('names no engine above src/engines', () => {
    expect(report([...findEngineNames(sources), ...findEngineLoaders(sources)])).toBe('');
  });

  test('has only types and constants in src/api', () => {
    expect(report(sources.flatMap(findCodeInApi))).toBe('');
  });

  test('gives browsers no package that they do not need', () => {
    expect(report(findTransitiveImports(sources))).toBe('');
  });

  test('has the floors that docs/architecture.md lists', () => {
    const [, line = ''] =
      /\n {4}(tasks → [^]*?)\n\n/.exec(projectFile('docs/architecture.md').text) ?? [];
    expect(line.split(/\s*→\s*/)).toEqual(domainFloors);
  });

  test('builds keys in key files only', () => {
    expect(report(sources.flatMap(findKeyTemplates))).toBe('');
  });
});

test.each([
  ['export function b() {}', 'function'],
  ['export class B {}', 'class'],
  ['let b = 1;', 'let'],
])('the contract of the nouns holds no code: %s', (text, word) => {
  expect(report(findCodeInApi({ path: 'src/api/a.ts', text }))).toContain(`has a "${word}"`);
  expect(findCodeInApi({ path: 'src/records/a.ts', text })).toEqual([]);
  expect(findCodeInApi({ path: 'src/api/a.ts', text: "export const b = ['x'];" })).toEqual([]);
});

describe('an import', () => {
  const forbidden: readonly (readonly [path: string, text: string, message: string])[] = [
    [
      'src/shared/a.ts',
      "import { b } from '../store/b.ts';",
      'may not import src/store, only nothing',
    ],
    [
      'src/domain/items/a.ts',
      "export { b } from '../../engine/b.ts';",
      'may not import src/engine',
    ],
    // A floor of the domain imports the floors below it only, types included.
    [
      'src/domain/items/a.ts',
      "import type { B } from '../runs/b.ts';",
      'src/domain/items may not import src/domain/runs',
    ],
    ['src/domain/a.ts', "import { b } from '../shared/b.ts';", 'src/domain is no layer'],
    ['src/client/a.ts', "import '../server/b.ts';", 'may not import src/server'],
    [
      'src/engines/lsm/a.ts',
      "import { b } from '../memory/b.ts';",
      'may not import src/engines/memory',
    ],
    ['src/records/a.ts', "import { b } from '../engine/b.ts';", 'only types of src/engine'],
    ['src/records/a.ts', "import { type B, c } from '../engine/b.ts';", 'only types of src/engine'],
    ['src/server/a.ts', "const b = await import('../store/b.ts');", 'only types of src/store'],
    ['src/cli/a.ts', "import { b } from '../engines/memory/b.ts';", 'only when it is wanted'],
    ['src/cli/a.ts', 'await import(`../engines/${name}/b.ts`);', 'imports a computed path'],
    ['src/store/a.ts', "import { b } from '../engine/index.ts';", 'imports the entry file'],
    ['src/store/a.ts', "import { b } from '../../test/support/b.ts';", 'imports test code'],
    ['src/shared/a.ts', "import { readFileSync } from 'node:fs';", 'runs in browsers, too'],
    ['src/shared/a.ts', "import { readFileSync } from 'fs';", 'runs in browsers, too'],
    ['src/domain/log/a.ts', "import { z } from 'zod';", 'may import no package, not zod'],
    ['src/server/a.ts', "import x from '@other/pkg/deep';", 'not @other/pkg'],
    ['src/novel/a.ts', "import { b } from '../shared/b.ts';", 'src/novel is no layer'],
    ['src/main.ts', "import { b } from './shared/b.ts';", 'src/. is no layer'],
  ];
  test.each(forbidden)('of %s is refused: %s', (path, text, message) => {
    expect(report(findForbiddenImports([{ path, text: `\n${text}` }]))).toContain(`${path}:2 `);
    expect(report(findForbiddenImports([{ path, text }]))).toContain(message);
  });

  const allowed: readonly (readonly [path: string, text: string])[] = [
    ['src/store/a.ts', "import { b } from '../domain/items/b.ts';"],
    ['src/records/a.ts', "import type { B } from '../engine/b.ts';"],
    ['src/records/a.ts', "import { type B, type C } from '../engine/b.ts';"],
    ['src/domain/items/a.ts', "import { b } from '../log/b.ts';"],
    ['src/engine/fault/a.ts', "import { b } from '../engine.ts';"],
    ['src/engines/lsm/a.ts', "import { ClassicLevel } from 'classic-level';"],
    ['src/server/a.ts', "import { serve } from '@hono/node-server/conninfo';"],
    ['src/cli/a.ts', "await import('../engines/memory/b.ts');"],
    ['src/shared/a.test.ts', "import { b } from '../store/index.ts';"],
    ['src/shared/a.ts', "// import { b } from '../store/b.ts';"],
    ['src/shared/a.ts', 'const help = `import { b } from "../store/b.ts"`;'],
  ];
  test.each(allowed)('of %s is fine: %s', (path, text) => {
    expect(report(findForbiddenImports([{ path, text }]))).toBe('');
  });

  test('of the domain is not for the protocol, types included', () => {
    const text = "import type { B } from '../domain/b.ts';";
    const findings = findForbiddenImports([{ path: 'src/protocol/a.ts', text }]);
    expect(report(findings)).toContain('src/protocol may not import src/domain');
  });

  test('of a noun on top of the others follows the list of the store', () => {
    const list = {
      path: 'src/store/nouns.ts',
      text: `import { bNoun } from '../domain/b/b-noun.ts';
        import { aNoun } from '../domain/a/a-noun.ts';
        const list = [aNoun, bNoun] as const;`,
    };
    const check = (path: string, target: string): string =>
      report(findForbiddenImports([list, { path, text: `import { x } from '${target}';` }]));
    expect(check('src/domain/b/b-noun.ts', '../a/x.ts')).toBe('');
    expect(check('src/domain/a/a-noun.ts', '../scopes/x.ts')).toBe('');
    expect(check('src/domain/a/a-noun.ts', '../b/x.ts')).toContain('may not import src/domain/b');
    expect(check('src/domain/c/x.ts', '../a/x.ts')).toContain('src/domain/c is no layer');
  });

  test('by the command line takes entry files, as users do', () => {
    const check = (path: string): string =>
      report(findForbiddenImports([{ path, text: "import { b } from '../store/index.ts';" }]));
    expect(check('src/cli/a.ts')).toBe('');
    expect(check('src/adapters/a.ts')).toContain('src/adapters is no layer');
    expect(check('src/server/a.ts')).toContain('imports the entry file');
  });

  test('from outside src takes a published subpath', () => {
    const check = (specifier: string): string =>
      report(
        findUnpublishedImports(
          { path: 'bench/a/b.ts', text: `import x from '${specifier}';` },
          subpaths,
        ),
      );
    expect(check('skein')).toBe('');
    expect(check('skein/engine')).toBe('');
    expect(check('../c.ts')).toBe('');
    expect(check('hono')).toBe('');
    expect(check('skein/domain')).toContain('bench/a/b.ts:1 imports skein/domain');
    expect(check('../../src/store/index.ts')).toContain('use a published subpath');
    expect(check('../../dist/store/index.js')).toContain('use a published subpath');
  });
});

describe('an engine', () => {
  const load = "const { lsm } = await import('../engines/lsm/lsm-engine.ts');";

  test('is named by no layer above', () => {
    const path = 'src/store/a.ts';
    expect(
      report(findEngineNames([{ path, text: "\nif (engine.name === 'sqlite') {}" }])),
    ).toContain('src/store/a.ts:2 names the engine "sqlite"');
    expect(report(findEngineNames([{ path, text: 'const usePostgres = true;' }]))).toContain(
      'Postgres',
    );
    expect(report(findEngineNames([{ path, text: '// as the LSM engine does' }]))).toBe('');
    expect(
      report(findEngineNames([{ path: 'src/engines/lsm/a.ts', text: 'const lsm = 1;' }])),
    ).toBe('');
  });

  test('is named in the command line only where it is loaded, and that in one file', () => {
    const loader = { path: 'src/cli/a.ts', text: load };
    const other = { path: 'src/cli/b.ts', text: "const name = 'lsm';" };
    expect(report(findEngineNames([loader]))).toBe('');
    expect(report(findEngineNames([loader, other]))).toContain('src/cli/b.ts:1');
    expect(report(findEngineLoaders([loader]))).toBe('');
    expect(report(findEngineLoaders([loader, { ...loader, path: 'src/cli/c.ts' }]))).toContain(
      'src/cli/c.ts:1 loads an engine, as src/cli/a.ts does',
    );
  });
});

describe('a key', () => {
  const template = 'const key = `${threadId}:${itemId}`;';

  test('is built in a key file', () => {
    expect(report(findKeyTemplates({ path: 'src/records/a.ts', text: `\n${template}` }))).toContain(
      'src/records/a.ts:2 builds a key',
    );
    expect(report(findKeyTemplates({ path: 'src/records/row-key.ts', text: template }))).toBe('');
    expect(report(findKeyTemplates({ path: 'src/server/a.ts', text: template }))).toBe('');
  });

  test('is not what a sentence is', () => {
    const text = 'throw new Error(`${threadId} has no ${itemId}`);';
    expect(report(findKeyTemplates({ path: 'src/records/a.ts', text }))).toBe('');
  });
});

describe('a chain of imports', () => {
  const schemas = { path: 'src/protocol/schemas/a.ts', text: "import { z } from 'zod';" };
  const between = {
    path: 'src/protocol/b.ts',
    text: "import { c } from './schemas/c.ts';\nexport { a } from './schemas/a.ts';",
  };
  const client = (text: string): { path: string; text: string } => ({
    path: 'src/client/c.ts',
    text,
  });
  const find = (text: string): string =>
    report(findTransitiveImports([schemas, between, client(text)]));

  test('brings no zod into the client', () => {
    expect(find("\nimport { b } from '../protocol/b.ts';")).toContain(
      'src/client/c.ts:2 brings in zod: src/protocol/b.ts → src/protocol/schemas/a.ts → zod',
    );
    expect(find("await import('../protocol/schemas/a.ts');")).toContain('brings in zod');
    expect(find("import { z } from 'zod/v4';")).toContain('brings in zod: zod');
  });

  test('may be of types', () => {
    expect(find("import type { A } from '../protocol/schemas/a.ts';")).toBe('');
    expect(find("import { d } from '../protocol/d.ts';")).toBe('');
  });
});

test('a test starts programs if what it imports can, even by way of other files', () => {
  const files = [
    { path: 'src/a.test.ts', text: "import { kit } from '../test/support/kit.ts';" },
    { path: 'src/b.test.ts', text: "import type { Kit } from '../test/support/kit.ts';" },
    { path: 'test/c.test.ts', text: "import { files } from './rules/project-files.ts';" },
    {
      path: 'test/rules/project-files.ts',
      text: "import { spawnSync } from 'node:child_process';",
    },
    { path: 'test/support/kit.ts', text: "export { start } from './start.ts';" },
    { path: 'test/support/start.ts', text: "import { spawn } from 'node:child_process';" },
  ];
  expect(testsThatStartPrograms(files)).toEqual(['src/a.test.ts']);
});

test('no file of the product starts programs, so that only tests need be looked at', () => {
  const starts = sources.filter(
    ({ path, text }) =>
      path.startsWith('src/') && !isTestCode(path) && text.includes('child_process'),
  );
  expect(starts).toEqual([]);
});
