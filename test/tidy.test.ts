import { describe, expect, test } from 'vitest';
import { findWrittenPaths } from './rules/api-paths.ts';
import { readManifest } from './rules/exports.ts';
import { report } from './rules/finding.ts';
import { projectFile, projectFiles, type ProjectFile } from './rules/project-files.ts';
import { findProse, findStiffComments, findStiffPages, findWideComments } from './rules/prose.ts';
import { findSharedNames, findUnsharedNames, namesPublishedTwice } from './rules/shared-names.ts';
import {
  findBrokenLinks,
  findEngineFolderGaps,
  findLooseLint,
  findMissingChanges,
  findUntidiness,
  isSource,
} from './rules/tidy.ts';

const files = projectFiles();
const texts = new Map(files.map(({ path, text }) => [path, text]));

describe('the project', () => {
  test('has files to look at', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(texts.has('src/engine/engine.ts')).toBe(true);
  });

  test('is tidy', () => {
    expect(report(files.flatMap(findUntidiness))).toBe('');
  });

  test('has comments in plain English', () => {
    expect(report(files.filter(isSource).flatMap(findProse))).toBe('');
  });

  test('has pages in plain English', () => {
    expect(report(files.flatMap(findStiffPages))).toBe('');
  });

  test('writes the paths of its API once', () => {
    expect(report(findWrittenPaths(files))).toBe('');
  });

  test('calls two things by two names', () => {
    expect(report(findSharedNames(files, namesPublishedTwice))).toBe('');
    expect(findUnsharedNames(files, namesPublishedTwice)).toEqual([]);
  });

  test('has no broken link', () => {
    const pages = files.filter(({ path }) => path.endsWith('.md'));
    expect(report(pages.flatMap((page) => findBrokenLinks(page, texts)))).toBe('');
  });

  test('tells what changed in this version', () => {
    const { version } = readManifest(projectFile('package.json'));
    const changelog = files.find(({ path }) => path === 'CHANGELOG.md');
    expect(report(findMissingChanges(version, changelog))).toBe('');
  });

  test('has the same files in every engine', () => {
    expect(report(findEngineFolderGaps(files))).toBe('');
  });

  test('keeps functions short', () => {
    expect(report(findLooseLint(projectFile('.oxlintrc.json')))).toBe('');
  });
});

describe('a file', () => {
  const lines = (count: number): string => 'a;\n'.repeat(count);
  /** A case with its name: the first words of the file, since some files are long. */
  const named = <C extends readonly [path: string, text: string, ...unknown[]]>(
    cases: readonly C[],
  ): (readonly [string, C])[] =>
    cases.map((each) => [`${each[0]} with ${JSON.stringify(each[1].slice(0, 60))}`, each]);
  // Put together here, because the rules read this file, too.
  const mark = ['TO', 'DO'].join('');
  const stub = ['Not', 'implemented'].join(' ');
  const timers = ['node:timers', 'promises'].join('/');
  const home = ['', 'home', 'me'].join('/');
  const registry = ['https://registry', 'npmjs.org/zod'].join('.');

  const untidy: readonly (readonly [path: string, text: string, finding: string])[] = [
    ['src/a.ts', lines(701), 'src/a.ts:701 has 701 lines, at most 700'],
    ['src/a.ts', lines(401), 'src/a.ts:401 has 401 lines: split it, or say'],
    [
      'src/engine/engine.ts',
      lines(181),
      'src/engine/engine.ts:181 has 181 lines, the engine contract',
    ],
    ['tools/a.mjs', `\n// ${mark} later`, 'tools/a.mjs:2 says'],
    ['src/a.ts', `throw new Error('${stub}');`, 'finish it'],
    ['src/a.ts', 'let a: any;', 'src/a.ts:1 uses the type any'],
    ['src/a.ts', 'a(b as any); // why', 'uses the type any'],
    ['src/a.ts', 'let a: Map<string, any>;', 'uses the type any'],
    ['src/a.ts', '// @ts-ignore', 'src/a.ts:1 holds @ts-ignore'],
    ['bench/a.ts', '// @ts-expect-error why', 'holds @ts-expect-error'],
    ['src/a.ts', '// oxlint-disable-next-line no-empty', 'say why'],
    ['src/a.ts', '/* oxlint-disable max-lines-per-function -- long */', 'split the code'],
    ['src/a.test.ts', "test.only('a', b);", 'does not run as it stands (test.only): take it out'],
    ['src/a.test.ts', "\n\ndescribe.skip('a', b);", 'src/a.test.ts:3 has a test that does not run'],
    ['src/a.ts', 'const a = b as C;', 'src/a.ts:1 casts without a word'],
    [
      'src/domain/items/a.ts',
      'function f(\n  core: Core,\n  principal: Principal,\n) {}',
      'src/domain/items/a.ts:1 passes a core and a principal or draft separately',
    ],
    ['src/domain/items/a.ts', 'f(core, draft, item);', 'take a Reading, Drafting or Writing'],
    ['src/domain/items/a.ts', 'f(a: A, _core: Core, _draft?: ThreadDraft) {}', 'take a Reading'],
    ['src/domain/items/a.ts', 'type F = (c: Core, caller: Principal) => void;', 'take a Reading'],
    [
      'src/domain/items/a.ts',
      'class A { constructor(readonly core: Core, private readonly home: ThreadDraft) {} }',
      'take a Reading',
    ],
    ['src/domain/items/a.ts', 'const a = new WeakMap<Core, A>();', 'keeps data in a module'],
    ['src/domain/items/a.ts', 'const a: Map<B, C> = new Map();', 'keeps data in a module'],
    ['src/domain/items/a.ts', 'let a = 0;', 'keeps data in a module'],
    ['src/a.ts', "if (error.message.includes('full')) {}", 'decides by the text of an error'],
    ['src/a.ts', 'if (/full/.test(error.message)) {}', 'decides by the text of an error'],
    ['src/a.ts', "if (error.message === 'full') {}", 'decides by the text of an error'],
    ['src/a.ts', 'await new Promise((resolve) => setTimeout(resolve, 5));', 'waits by itself'],
    ['src/a.ts', `import { setTimeout as sleep } from '${timers}';`, 'waits by itself'],
    [
      'src/a.test.ts',
      '\nawait new Promise((resolve) => setTimeout(resolve, 5));',
      'src/a.test.ts:2 waits for a time',
    ],
    ['src/a.test.ts', 'setTimeout(() => other.commit(), 50);', 'waits for a time'],
    ['src/a.test.ts', `import { setTimeout as delay } from '${timers}';`, 'waits for a time'],
    ['test/support/a/b-for-testing.ts', 'await sleep(20);', 'waits for a time'],
    ['test/golden/a.ts', 'const timer = setInterval(look, 5);', 'waits for a time'],
    ['bench/a.test.ts', 'read({ signal: AbortSignal.timeout(1000) });', 'waits for a time'],
    ['src/a.test.ts', 'await vi.waitFor(check);', 'gives up after a second'],
    ['src/a.test.ts', 'const startMs = performance.now();', 'measures a time'],
    ['src/a.test.ts', 'expect(Date.now() - startMs).toBeLessThan(9000);', 'measures a time'],
    ['src/a.test.ts', 'while (endMs > Date.now()) look();', 'measures a time'],
    ['src/a.test.ts', 'await expect.poll(look, { timeout: 9_999 });', 'gives up after 9999 ms'],
    ['src/a.test.ts', "test('a', async () => {\n  b();\n}, 30_000);", 'gives up after 30000 ms'],
    ['src/a.ts', 'const place = { id };', 'src/a.ts:1 names something a place'],
    ['src/a.ts', 'interface Place {}', 'names something a place'],
    ['docs/a.md', `\nRun it in ${home}.`, `docs/a.md:2 names ${home}`],
    ['docs/a.json', `{"from": "${registry}"}`, 'docs/a.json:1 names https://registry'],
  ];
  test.each(named(untidy))('that is untidy: %s', (_name, [path, text, finding]) => {
    expect(report(findUntidiness({ path, text }))).toContain(finding);
  });

  const tidy: readonly (readonly [path: string, text: string])[] = [
    ['src/a.ts', lines(400)],
    ['src/a.ts', `// Long because it is one table.\n${lines(500)}`],
    ['src/a.test.ts', lines(500)],
    ['src/a.ts', "// in any: order\nconst a = 'x: any';"],
    ['src/a.ts', 'const a = { any: 1 }; b(a.any);'],
    ['src/a.test.ts', '// @ts-expect-error a number is refused'],
    ['src/a.ts', '// oxlint-disable-next-line no-control-regex -- it looks for them'],
    ['src/a.test.ts', '// needs a disk that can be filled\ntest.skip("a", b);'],
    ['src/a.ts', 'const a = b as C; // parsed above'],
    ['src/a.ts', "import { a as b } from './a.ts';\nexport { b as c };\nconst d = [1] as const;"],
    ['src/a.ts', "import * as a from './a.ts';"],
    ['src/a.ts', 'log(error.message);'],
    ['src/a.ts', "// in its place\nreplace('place', placed, queuePlaces);"],
    ['src/domain/items/a.ts', 'const a: ReadonlySet<B> = new Set([b]);\nf(() => {\n  let c;\n});'],
    ['src/a.ts', 'this.#timer = setTimeout(() => this.#ring(), 50);'],
    ['src/a.test.ts', "vi.useFakeTimers({ toFake: ['setTimeout'] }); vi.advanceTimersByTime(50);"],
    ['src/a.test.ts', 'await expect.poll(look, { timeout: 60_000 }); const a = { timeoutMs: 20 };'],
    ['src/a.test.ts', 'const clock = () => Date.now(); const expiresAt = Date.now() + 60_000;'],
    ['src/domain/items/a.ts', 'const a = { core, principal }; f({ core, draft }, item);'],
    ['docs/a.md', 'Data is in `./data`, or in /var/lib/skein; see https://example.com/home/page.'],
  ];
  test.each(named(tidy))('that is tidy: %s', (_name, [path, text]) => {
    expect(report(findUntidiness({ path, text }))).toBe('');
  });
});

describe('a link', () => {
  const others: readonly (readonly [string, string])[] = [
    ['README.md', ''],
    ['docs/b.md', '# The *first* one\n\n## Say `hello`, twice\n\n## Twice\n\n## Twice'],
  ];
  const check = (text: string): string =>
    report(findBrokenLinks({ path: 'docs/a.md', text }, new Map([...others, ['docs/a.md', text]])));

  test('leads to a file, a folder or a heading', () => {
    expect(
      check('[b](b.md) [up](../README.md) [all](../docs/) [out](https://example.com/x.md)'),
    ).toBe('');
    expect(check('[b](b.md#the-first-one) [b](b.md#say-hello-twice) [b](b.md#twice-1)')).toBe('');
    expect(check('# Here\n\n[here](#here)')).toBe('');
    expect(check('`[x](gone.md)`\n\n```md\n[x](gone.md)\n```')).toBe('');
  });

  test('that leads nowhere is named', () => {
    expect(check('\n[b](c.md)')).toBe(
      'docs/a.md:2 links to c.md, which does not exist: fix the link.',
    );
    expect(check('[b](b.md#third)')).toContain('a heading that docs/b.md does not have');
    expect(check('[b][1]\n\n[1]: ./c.md')).toContain('docs/a.md:3 links to ./c.md');
  });
});

test('a version without a heading in the change log is named', () => {
  const changelog = (text: string): ProjectFile => ({ path: 'CHANGELOG.md', text });
  expect(report(findMissingChanges('0.2.0', changelog('# Changes\n\n## 0.2.0\n')))).toBe('');
  expect(
    report(findMissingChanges('0.2.0', changelog('# Changes\n\n0.2.0\n\n## 0.1.0'))),
  ).toContain('no heading for 0.2.0');
  expect(report(findMissingChanges('0.2.0', undefined))).toContain('CHANGELOG.md:1');
});

test('an engine that lacks a file is named', () => {
  const file = (path: string): ProjectFile => ({ path: `src/engines/${path}`, text: '' });
  const complete = ['index', 'x-config', 'x-engine', 'x-schema', 'x-engine.test'].map((name) =>
    file(`x/${name}.ts`),
  );
  expect(report(findEngineFolderGaps(complete))).toBe('');
  expect(report(findEngineFolderGaps(complete.slice(0, 3)))).toBe(
    'src/engines/x:1 has no x-schema.ts, x-engine.test.ts: every engine has the same files.',
  );
});

test.each([
  ['"max-lines-per-function": ["error", { "max": 70 }]', '70 lines'],
  ['"max-params": ["error", { "max": 4 }]', '4 parameters'],
])('a lint configuration without %s is named', (rule, limit) => {
  const { path, text } = projectFile('.oxlintrc.json');
  expect(text).toContain(rule);
  const loosened = text.replace(rule, '"eqeqeq": "off"');
  expect(report(findLooseLint({ path, text: loosened }))).toContain(limit);
});

describe('a comment', () => {
  const check = (text: string): string =>
    report([
      ...findWideComments({ path: 'src/a.ts', text }),
      ...findStiffComments({ path: 'src/a.ts', text }),
    ]);
  const long = 'long '.repeat(20);

  test.each([
    [`a();\n// ${long}`, 'src/a.ts:2 has a comment that ends in column 103: wrap it at 100.'],
    [`/**\n * Short.\n * ${long}\n */`, 'src/a.ts:3 has a comment that ends in column 103'],
    [`call('${long}'); // why`, 'src/a.ts:1 has a comment that ends in column 116'],
    ['// Whoever waits', 'src/a.ts:1 says "Whoever"'],
    ['/**\n * It is told of the end.\n */', 'src/a.ts:2 says "is told"'],
    ['a();\n\n  /** Of a deleted thread: the time. */', 'src/a.ts:3 opens with "Of …:"'],
  ])('to rewrite is named: %j', (text, finding) => {
    expect(check(text)).toContain(finding);
  });

  test.each([
    `call('${long}${long}');`,
    `// oxlint-disable-next-line no-control-regex -- ${long}`,
    "call('whoever'); // Renewed by the caller",
    '/** The age of a thread: in seconds. */',
  ])('that is plain passes: %j', (text) => {
    expect(check(text)).toBe('');
  });
});

describe('a page', () => {
  const check = (path: string, text: string): string => report(findStiffPages({ path, text }));

  test.each(['Whoever waits', 'the reader is told', 'made anew'])(
    'to rewrite is named: %s',
    (text) => {
      expect(check('docs/a.md', `# A\n\n${text}`)).toContain('docs/a.md:3 says "');
    },
  );

  test('may quote code, and records are left as they are', () => {
    expect(check('docs/a.md', '`whoever`\n\n```ts\nlet nobody;\n```')).toBe('');
    expect(check('docs/decisions/0001-a.md', 'Nobody waits.')).toBe('');
    expect(check('CHANGELOG.md', 'Nobody waits.')).toBe('');
    expect(check('src/a.ts', 'nobody();')).toBe('');
  });
});

describe('a path of the API', () => {
  const table = {
    path: 'src/api/operations/threads.ts',
    text: "export const a = { b: 'GET /v1/threads/{threadId}', c: 'GET /openapi.json' } as const;",
  };
  const find = (path: string, text: string): string =>
    report(findWrittenPaths([table, { path, text }]));

  test.each([
    ["const a = '/v1/threads';"],
    ['const a = "/v1";'],
    ['const a = `/v1/threads/${id}`;'],
    ['const a = `${base}/v1/threads`;'],
    ["const a = 'GET /v1/items';"],
    ["const a = 'Ask at /openapi.json.';"],
    ["const a = 'http://127.0.0.1:4000/v1';"],
    ['const a = html`<a href="/openapi.json">`;'],
    ['const a = html`<a href=openapi.json>`;'],
    // A whole address.
    ["const a = 'https://example.com/v1/threads';"],
    ["const a = 'https://example.com/v1/';"],
    ["const a = 'https://example.com/chat/v1/threads/7';"],
    ['const a = `https://${host}/openapi.json`;'],
    ['const a = `https://example.com/v1/${noun}`;'],
    // Against a base.
    ["const a = 'v1/threads';"],
    ["const a = new URL('v1/threads', base);"],
    ['const a = `v1/${noun}`;'],
    ["const a = 'v1/' + noun;"],
    ['const a = `${base}v1/threads`;'],
    // Put together.
    ["const a = '/v1/' + noun;"],
    ["const a = '/v1'.concat('/', noun);"],
    ["const a = '/'.concat('v1/', noun);"],
    ["const a = base + '/v1';"],
    ["const a = base + 'v1/threads';"],
    ["const a = '/' + 'v1' + '/threads';"],
    ["const a = '/v' + '1/threads';"],
    ["const a = ['', 'v1', 'threads'].join('/');"],
    ["const a = [base, 'v1', noun].join('/');"],
    ["const a = `${base}${'/v1'}`;"],
    ["const a = `/${'v1'}/threads`;"],
    ["const a = `${isLong ? `/v1` : ''}`;"],
    ["const v = 'v1'; const a = `/${v}/threads`;"],
    ["const a = () => '/' + v + '/threads'; const v = 'v1';"],
    ["const v = 'v1'; const a = base + '/' + v + '/' + noun;"],
    ["const v = 'v1'; const a = v + '/threads';"],
    // In a regular expression.
    [String.raw`const a = /^\/v1\/threads/;`],
    [String.raw`const a = /v1\/threads/;`],
  ])('is written in the table, not as %s', (text) => {
    expect(find('src/server/a.ts', `\n${text}`)).toContain('src/server/a.ts:2 writes the path "');
    expect(find('src/server/a.test.ts', text)).toBe('');
    expect(find('bench/a.ts', text)).toBe('');
  });

  test.each([
    ['const a = <p>GET /v1/threads</p>;'],
    ['const a = <p>/openapi.json</p>;'],
    ['const a = <p>It’s at{" "}v1/threads</p>;'],
    ["const a = <p>It's at https://example.com/v1/threads</p>;"],
    ['const a = <a href="/v1/threads">b</a>;'],
    ["const a = <a href={'/v1/' + noun}>b</a>;"],
    ['const a = <a href="openapi.json">b</a>;'],
  ])('is not written in JSX: %s', (text) => {
    expect(find('apps/web/a.tsx', `\n${text}`)).toContain('apps/web/a.tsx:2 writes the path "');
  });

  test.each([
    ['// GET /v1/threads'],
    ["import { a } from '../v1/a.ts';"],
    ["import { a } from './v1/threads.ts';"],
    ["const a = 'https://example.com/v1';"],
    ["const a = 'http://localhost:11434/v1';"],
    ["const a = '/v1beta';"],
    ["const a = { version: 'v1' };"],
    ["const a = ['v1', 'threads'];"],
    ["const a = 'openapi.json';"],
    ["const a = folder + 'openapi.json';"],
    ["const a = 'my-v1/threads';"],
    ['const a = /v1/g;'],
    ['const v1 = 4; const threads = b / v1 / threads;'],
  ])('is not %s', (text) => {
    expect(find('src/server/a.ts', text)).toBe('');
    expect(find('apps/web/a.tsx', text)).toBe('');
  });
});

describe('an exported name', () => {
  const first = { path: 'src/a.ts', text: 'export function find(): void {}' };
  const find = (path: string, text: string): string =>
    report(findSharedNames([first, { path, text: `\n${text}` }], ['json']));

  test.each([
    ['export function find(): number {}'],
    ['export async function find() {}'],
    ['export async function* find() {}'],
    ['export const find = 1;'],
    ['export interface find {}'],
    ['export type find = 1;'],
    ['export abstract class find {}'],
  ])('is not given a second time: %s', (text) => {
    expect(find('src/b.ts', text)).toBe(
      'src/b.ts:2 exports "find", as src/a.ts does: call each what it is (docs/glossary.md).',
    );
    expect(find('src/b.test.ts', text)).toBe('');
    expect(find('test/b.ts', text)).toBe('');
  });

  test.each([
    ['function find(): void {}'],
    ['export function findAll(): void {}'],
    ['// export function find(): void {}'],
    ["export { find } from './a.ts';"],
  ])('is one: %s', (text) => {
    expect(find('src/b.ts', text)).toBe('');
  });

  test('may be that of two engines, or one that is allowed', () => {
    const engine = (name: string): ProjectFile => ({
      path: `src/engines/${name}/schema.ts`,
      text: 'export class Schema {}',
    });
    expect(findSharedNames([engine('lsm'), engine('sqlite')], [])).toEqual([]);
    const two = ['a', 'b'].map((name) => ({
      path: `src/${name}.ts`,
      text: 'export const json = 1;',
    }));
    expect(findSharedNames(two, ['json'])).toEqual([]);
    expect(findUnsharedNames(two, ['json', 'gone'])).toEqual(['gone']);
  });

  test('may be repeated by overloads', () => {
    const text = 'export function f(a: string): void;\nexport function f(a: number): void;';
    expect(findSharedNames([{ path: 'src/a.ts', text }], [])).toEqual([]);
  });
});
