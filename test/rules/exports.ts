/**
 * Rules for what is published: the exports map, its entry files, and the packages that come with
 * it.
 */
import { dirname, join } from 'node:path/posix';
import type { Finding } from './finding.ts';
import { findImports } from './find-imports.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

/** The packages that every installation gets. Adding one needs a decision in docs/decisions. */
const runtimePackages = new Set([
  '@hono/node-server',
  'abstract-level',
  'classic-level',
  'commander',
  'hono',
  'pino',
  'prom-client',
  'string-width',
  'ws',
  'zod',
]);

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export function readManifest(manifest: ProjectFile): Manifest {
  return JSON.parse(manifest.text) as Manifest; // our own file; a missing field fails at once
}

/** The subpaths as users write them: `skein`, `skein/engine`, … */
export function publishedSubpaths(manifest: ProjectFile): ReadonlySet<string> {
  const { exports } = readManifest(manifest);
  return new Set(Object.keys(exports).map((subpath) => `skein${subpath.slice(1)}`));
}

/** The published folders of `src`, each with the subpath that users write. */
export function publishedFolders(manifest: ProjectFile): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const [subpath, target] of Object.entries(readManifest(manifest).exports)) {
    if (typeof target === 'string') continue;
    const folder = /^\.\/dist\/(.+)\/index\.js$/.exec(target.default ?? '')?.[1];
    if (folder !== undefined) folders.set(folder, `skein${subpath.slice(1)}`);
  }
  return folders;
}

/** Differences between the exports map and the entry files. */
export function findExportsMismatches(
  manifest: ProjectFile,
  sources: readonly ProjectFile[],
): Finding[] {
  const { exports } = readManifest(manifest);
  const entries = new Map(sources.filter(isEntry).map((file) => [file.path, file]));
  const findings: Finding[] = [];
  const published = new Set<string>();
  const complain = (subpath: string, message: string): void => {
    findings.push({ path: manifest.path, line: lineOfText(manifest, `"${subpath}":`), message });
  };
  for (const [subpath, target] of Object.entries(exports)) {
    if (subpath === './package.json') continue;
    const folder = subpath === '.' ? 'store' : subpath.slice(2);
    const wanted = JSON.stringify(targetOf(folder));
    if (JSON.stringify(target) !== wanted) complain(subpath, `"${subpath}" must be ${wanted}.`);
    const path = `src/${folder}/index.ts`;
    published.add(path);
    if (!entries.has(path))
      complain(subpath, `"${subpath}" has no ${path}: write it, or take the subpath out.`);
    else if (!hasTest(folder, sources))
      complain(subpath, `"${subpath}" has no test: put one into src/${folder}.`);
  }
  for (const file of entries.values()) findings.push(...checkEntry(file, published));
  return findings;
}

function targetOf(folder: string): Record<string, string> {
  return { types: `./dist/${folder}/index.d.ts`, default: `./dist/${folder}/index.js` };
}

function isEntry({ path }: ProjectFile): boolean {
  return /^src\/.*\bindex\.ts$/.test(path);
}

function hasTest(folder: string, sources: readonly ProjectFile[]): boolean {
  return sources.some(({ path }) => path.startsWith(`src/${folder}/`) && path.endsWith('.test.ts'));
}

function checkEntry(file: ProjectFile, published: ReadonlySet<string>): Finding[] {
  const { path, text } = file;
  const findings: Finding[] = [];
  if (!published.has(path)) {
    const message =
      'is no published subpath: add it to "exports" in package.json, or name the file after what it exports.';
    findings.push({ path, line: 1, message });
  }
  if (!/\/\*\*[^]*?[\w`)][.][^]*?@module\s*\*\//.test(text)) {
    const message =
      'needs a sentence on what the subpath is for, followed by @module, in a comment at its top.';
    findings.push({ path, line: 1, message });
  }
  return [...findings, ...findOtherThanLists(file)];
}

/** The code in an entry file other than `export { … } from '…'` and `export type * from '…'`. */
function findOtherThanLists({ path, text }: ProjectFile): Finding[] {
  const { code } = readSource(text);
  const lists = /export\s+(?:(?:type\s+)?\{[^}]*\}|type\s+\*)\s*from\s*(['"]) *\1;?/g;
  const rest = code.replaceAll(lists, (list) => list.replaceAll(/[^\n]/g, ' '));
  return rest.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const message = `An entry file only lists names, as "export { … } from '…';": move "${line.trim()}" into a file of its own.`;
    return [{ path, line: i + 1, message }];
  });
}

/**
 * The names that an entry file publishes, sorted, with types as `type Name`. `files` contains the
 * files that it re-exports. What a file passes on whole is published as types, values included.
 */
export function exportedNames(
  file: ProjectFile,
  files: ReadonlyMap<string, ProjectFile>,
): string[] {
  return [...new Set(namesOf(file, files))].toSorted();
}

function namesOf({ path, text }: ProjectFile, files: ReadonlyMap<string, ProjectFile>): string[] {
  return findImports(text).flatMap(({ clause, specifier = '', isExport }) => {
    if (!isExport) return [];
    if (clause === 'type *') {
      const passedOn = files.get(join(dirname(path), specifier));
      return passedOn === undefined ? [] : typesOf(passedOn, files);
    }
    const isTypeList = clause.startsWith('type ');
    const list = /\{(.*)\}/.exec(clause)?.[1]?.split(',') ?? [];
    return list
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => publishedName(name, isTypeList));
  });
}

/** Everything that a file exports, its own declarations as well, as types. */
function typesOf(file: ProjectFile, files: ReadonlyMap<string, ProjectFile>): string[] {
  const own = [...readSource(file.text).code.matchAll(declaredExport)].map(([, name]) => name!);
  const names = [...own, ...namesOf(file, files)];
  return names.map((name) => (name.startsWith('type ') ? name : `type ${name}`));
}

const declaredExport =
  /^export\s+(?:declare\s+|async\s+|abstract\s+)*(?:const|let|function\*?|class|interface|type|enum)\s+([\w$]+)/gm;

function publishedName(specifier: string, isTypeList: boolean): string {
  const isType = isTypeList || specifier.startsWith('type ');
  const name = specifier.replace(/^type /, '').replace(/^.* as /, '');
  return isType ? `type ${name}` : name;
}

/** Dependencies that are not allowed, not pinned, or in the wrong place. */
export function findDependencyProblems(manifest: ProjectFile): Finding[] {
  const {
    dependencies = {},
    devDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = readManifest(manifest);
  const problems: (readonly [name: string, message: string])[] = [];
  for (const name of Object.keys(dependencies)) {
    if (runtimePackages.has(name)) continue;
    problems.push([
      name,
      `${name} is no agreed runtime dependency: make it an optional peer or a development dependency.`,
    ]);
  }
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) continue;
    problems.push([name, `${name} is "${version}": pin one exact version.`]);
  }
  for (const name of Object.keys(peerDependencies)) {
    if (peerDependenciesMeta[name]?.optional === true) continue;
    problems.push([
      name,
      `${name} must be optional in "peerDependenciesMeta": no user needs every driver.`,
    ]);
  }
  return problems.map(([name, message]) => ({
    path: manifest.path,
    line: lineOfText(manifest, `"${name}":`),
    message,
  }));
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** Entries that would break `npm ci` on another machine. */
export function findLockFileProblems(lockFile: ProjectFile): Finding[] {
  const { path, text } = lockFile;
  const findings: Finding[] = [...text.matchAll(/"resolved"/g)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: 'holds a download address: delete the line; .npmrc keeps npm from writing it.',
  }));
  const { packages } = JSON.parse(text) as LockFile; // our own file, written by npm
  for (const [from, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      if (packages[`node_modules/${name}`] ?? packages[`${from}/node_modules/${name}`]) continue;
      const message = `lacks ${name}, without which npm ci refuses it: run "node tools/complete-lock-file.ts".`;
      findings.push({ path, line: lineOfText(lockFile, `"${name}":`), message });
    }
  }
  return findings;
}

function lineOfText({ text }: ProjectFile, wanted: string): number {
  return lineOf(text, Math.max(0, text.indexOf(wanted)));
}
