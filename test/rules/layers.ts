/**
 * Which folder may import which (docs/architecture.md). Imports point down: a folder lists what it
 * may use, and any other import is an error.
 */
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path/posix';
import type { Finding } from './finding.ts';
import { findImports, type Import } from './find-imports.ts';
import { nounFolders } from './noun-folders.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

interface Layer {
  readonly values?: readonly string[];
  /** Allows only `import type`: the code behind it is passed in at run time. */
  readonly types?: readonly string[];
  /** Allows only `import()`, loaded on demand, and `import type`. */
  readonly dynamic?: readonly string[];
  /** Whether it imports lower layers through their entry files, as users do. */
  readonly usesEntries?: boolean;
  readonly packages?: readonly string[];
  /** Whether it may use Node's modules. The other layers run in browsers, too. */
  readonly usesNode?: boolean;
}

/**
 * The folders of `src/domain`, from the ground up: each may import those before it. Nouns that are
 * not named here stand on top, in the order of the store's list (`src/store/nouns.ts`).
 */
export const domainFloors = [
  'tasks',
  'base',
  'access',
  'requests',
  'log',
  'forks',
  'head',
  'streams',
  'items',
  'participants',
  'threads',
  'inheritance',
  'checkpoints',
  'responders',
  'runs',
  'agents',
  'comparisons',
  'keys',
  'users',
  'lists',
  'inbox',
  'reactions',
  'pins',
  'feedback',
  'documents',
  'edges',
  'live',
  'scopes',
  'direct',
  'shares',
] as const;

type Layers = Readonly<Record<string, Layer>>;

/** By folder of `src`, from the bottom up; the longest matching name counts. */
const layers: Layers = {
  shared: {},
  api: { values: ['shared'] },
  types: { values: ['api', 'shared'] },
  engine: { values: ['shared'] },
  'engine/conformance': { values: ['engine', 'shared'], usesNode: true },
  'engines/memory': { values: ['engine', 'shared'] },
  'engines/lsm': {
    values: ['engine', 'shared'],
    packages: ['abstract-level', 'classic-level'],
    usesNode: true,
  },
  // What the SQL engines have in common.
  'engines/sql': { values: ['engine', 'shared'], usesNode: true },
  'engines/sqlite': {
    values: ['engines/sql', 'engine', 'shared'],
    packages: ['better-sqlite3'],
    usesNode: true,
  },
  'engines/postgres': {
    values: ['engines/sql', 'engine', 'shared'],
    packages: ['pg'],
    usesNode: true,
  },
  'engines/cassandra': {
    values: ['engine', 'shared'],
    packages: ['cassandra-driver'],
    usesNode: true,
  },
  records: { values: ['shared'], types: ['engine', 'api'] },
  ...domainRows([]),
  store: { values: ['domain', 'records', 'engine', 'api', 'shared'] },
  // The two views of the SQL engines: their tables, and the calls that read and write them.
  database: {
    values: ['records', 'engine', 'engines/sql', 'shared'],
    packages: ['drizzle-orm'],
  },
  models: {
    values: ['database', 'api', 'shared'],
    types: ['store'],
    packages: ['drizzle-orm'],
  },
  protocol: { values: ['api', 'shared'], packages: ['zod'] },
  server: {
    values: ['protocol', 'api', 'shared'],
    types: ['store'],
    packages: ['hono', '@hono/node-server', 'pino', 'prom-client', 'ws', 'zod'],
    usesNode: true,
  },
  client: { values: ['protocol', 'api', 'shared'] },
  'adapters/langgraph': {
    values: ['protocol', 'api', 'shared'],
    types: ['store'],
    packages: [
      '@langchain/core',
      '@langchain/langgraph-checkpoint',
      // For importing the checkpoints of other savers; loaded on demand.
      '@langchain/langgraph-checkpoint-postgres',
      '@langchain/langgraph-checkpoint-sqlite',
      'better-sqlite3',
      'pg',
      'zod',
    ],
    usesEntries: true,
    usesNode: true,
  },
  react: { values: ['client', 'api'], packages: ['react'] },
  'adapters/resumable-stream': {
    values: ['shared'],
    types: ['store'],
    packages: ['resumable-stream', 'assistant-stream'],
    usesEntries: true,
    usesNode: true,
  },
  'adapters/ai-sdk': {
    values: ['protocol', 'api', 'shared'],
    types: ['store'],
    packages: ['ai', '@ai-sdk/openai-compatible', 'zod'],
    usesNode: true,
  },
  cli: {
    values: ['store', 'server', 'client', 'protocol', 'api', 'shared'],
    dynamic: ['engines', 'adapters/ai-sdk', 'adapters/langgraph'],
    packages: ['commander', '@hono/node-server', 'pino', 'string-width'],
    usesNode: true,
    usesEntries: true,
  },
};

/** A row for each floor of the domain. */
function domainRows(nouns: readonly string[]): Layers {
  const names = [...new Set<string>([...domainFloors, ...nouns])];
  const rows = names.map((name, i) => {
    const lower = names.slice(0, i).map((other) => `domain/${other}`);
    return [`domain/${name}`, { values: [...lower, 'records', 'api', 'shared'] }] as const;
  });
  return Object.fromEntries(rows);
}

/**
 * Folders in which each subfolder is a layer with its own row. An adapter may import store, client,
 * protocol, shared and its framework.
 */
const folders = new Set(['engines', 'adapters', 'domain']);

/** Code outside `src` that uses the package as users do. */
const consumers = /^(?:apps\/[^/]+|bench|examples)\//;

/** Tests and their support. They may import anything; product code must not import them. */
export function isTestCode(path: string): boolean {
  return /(?:\.(?:test|fuzz|bench)|-for-testing)\.ts$|^test\/support\//.test(path);
}

/** Every import in these files that its layer does not allow. */
export function findForbiddenImports(files: readonly ProjectFile[]): Finding[] {
  const product = files.filter(({ path }) => path.startsWith('src/') && !isTestCode(path));
  const known = { ...layers, ...domainRows(nounFolders(files)) };
  return product.flatMap(({ path, text }) =>
    findImports(text).flatMap((found) => {
      const message = explain(known, path, found);
      return message === undefined ? [] : [{ path, line: found.line, message }];
    }),
  );
}

function explain(known: Layers, path: string, found: Import): string | undefined {
  const { specifier } = found;
  if (specifier === undefined) {
    return 'imports a computed path: write the path out, so that it can be checked.';
  }
  const name = layerOf(path);
  const layer = known[name];
  if (layer === undefined) {
    return `src/${name} is no layer: add it to the table in test/rules/layers.ts.`;
  }
  if (!specifier.startsWith('.')) return explainPackage(name, layer, specifier);
  const target = join(dirname(path), specifier);
  if (isTestCode(target)) {
    return `imports test code (${specifier}): move what the product needs out of it.`;
  }
  if (/(?:^|\/)index\.ts$/.test(target) && !(layer.usesEntries && layerOf(target) !== name)) {
    return `imports the entry file ${specifier}: import from the file that declares the name.`;
  }
  return explainEdge(name, layer, found, target);
}

function explainPackage(name: string, layer: Layer, specifier: string): string | undefined {
  if (isNodeModule(specifier)) {
    if (layer.usesNode) return undefined;
    return `src/${name} runs in browsers, too: use a web API instead of ${specifier}, or take it as an option.`;
  }
  const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (layer.packages?.includes(packageName)) return undefined;
  const allowed = layer.packages?.join(', ') ?? 'no package';
  return `src/${name} may import ${allowed}, not ${packageName}: move the code, or argue for it in test/rules/layers.ts.`;
}

function explainEdge(
  from: string,
  { values, types, dynamic }: Layer,
  { kind, specifier }: Import,
  target: string,
): string | undefined {
  const to = layerOf(target);
  const isAmong = (allowed: readonly string[] = []): boolean =>
    allowed.some((folder) => to === folder || to.startsWith(`${folder}/`));
  if (to === from || isAmong(values)) return undefined;
  if (isAmong(types)) {
    if (kind === 'type') return undefined;
    return `src/${from} may import only types of src/${to}: write "import type", or take the value as an argument.`;
  }
  if (isAmong(dynamic)) {
    if (kind !== 'value') return undefined;
    return `src/${from} may load src/${to} only when it is wanted: write "await import('${specifier}')".`;
  }
  const allowed = [values, types, dynamic].flatMap((list) => list ?? []);
  return `src/${from} may not import src/${to}, only ${allowed.join(', ') || 'nothing'}: imports point down.`;
}

/** Code in the contract of the nouns, which may hold only types and constants. */
export function findCodeInApi({ path, text }: ProjectFile): Finding[] {
  if (!path.startsWith('src/api/')) return [];
  const { code } = readSource(text);
  return [...code.matchAll(/\b(?:function|class|let|var|enum)\b/g)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `has a "${match[0]}": src/api holds types and constants; move the code to the module that runs it.`,
  }));
}

/**
 * `src/engines/lsm/lsm-key.ts` belongs to `engines/lsm`, `src/domain/items/list-items.ts` to
 * `domain/items`.
 */
function layerOf(path: string): string {
  const parts = path.split('/').slice(1, -1);
  const [first = '.', second] = parts;
  const nested = `${first}/${second}`;
  return second !== undefined && (folders.has(first) || layers[nested]) ? nested : first;
}

function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

/** Imports in an app, a benchmark or an example of something unpublished. */
export function findUnpublishedImports(
  file: ProjectFile,
  subpaths: ReadonlySet<string>,
): Finding[] {
  const home = consumers.exec(file.path)?.[0];
  if (home === undefined) return [];
  return findImports(file.text).flatMap(({ specifier, line }) => {
    if (specifier === undefined) return [];
    const isRelative = specifier.startsWith('.');
    if (isRelative && join(dirname(file.path), specifier).startsWith(home)) return [];
    if (!isRelative && !/^skein(?:\/|$)/.test(specifier)) return [];
    if (!isRelative && subpaths.has(specifier)) return [];
    const known = [...subpaths].join(', ');
    return [
      {
        path: file.path,
        line,
        message: `imports ${specifier}: use a published subpath (${known}).`,
      },
    ];
  });
}

const engineName = /lsm|sqlite|postgres|cassandra|scylla/i;

/**
 * Code above `src/engines` that names an engine. Exceptions: the file of the command line that
 * loads engines; the Drizzle tables, which are named after dialects; and the import of other
 * savers' checkpoints, which is named after those savers.
 */
export function findEngineNames(files: readonly ProjectFile[]): Finding[] {
  const above = files.filter(
    ({ path }) =>
      /^src\/(?!engines?\/|shared\/|database\/|models\/|adapters\/langgraph\/import\/)/.test(
        path,
      ) &&
      path.endsWith('.ts') &&
      !isTestCode(path),
  );
  return above.flatMap((file) => {
    if (file.path.startsWith('src/cli/') && loadsEngines(file)) return [];
    return engineNamesIn(file);
  });
}

function engineNamesIn({ path, text }: ProjectFile): Finding[] {
  const { withStrings } = readSource(text);
  return [...withStrings.matchAll(new RegExp(engineName, 'gi'))].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `names the engine "${match[0]}": ask a capability flag, or leave it to the file of src/cli that loads engines.`,
  }));
}

function loadsEngines(file: ProjectFile): boolean {
  return findImports(file.text).some(
    ({ kind, specifier }) => kind === 'dynamic' && specifier?.includes('/engines/'),
  );
}

/** More than one file that loads engines. */
export function findEngineLoaders(files: readonly ProjectFile[]): Finding[] {
  const loaders = files.filter(
    (file) => file.path.startsWith('src/cli/') && !isTestCode(file.path) && loadsEngines(file),
  );
  return loaders.slice(1).map(({ path }) => ({
    path,
    line: 1,
    message: `loads an engine, as ${loaders[0]!.path} does: let that file do it.`,
  }));
}

/** Files that may build the bytes or texts of keys. */
const keyFile = /(?:^|[/-])(?:keys?|cursor|ids|bytes)(?:-[a-z]+)*\.ts$|-key\.ts$|-cursor\.ts$/;
/** An id and another value joined by punctuation only: a key built by hand. */
const keyTemplate =
  /`[^`\s$]*\$\{[^}`]*(?:[iI]d|[sS]eq|[sS]cope\w+)\}[^\s`$]+\$\{[^}`]*\}[^`\s]*`/gu;

/** Keys built outside the key files of the layers that store data. */
export function findKeyTemplates({ path, text }: ProjectFile): Finding[] {
  const isStorage = /^src\/(?:engines|records|domain|store)\//.test(path);
  if (!isStorage || isTestCode(path) || keyFile.test(path)) return [];
  const { withStrings } = readSource(text);
  return [...withStrings.matchAll(keyTemplate)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `builds a key (${match[0]}): declare a key column, or build it in a file named …-key.ts.`,
  }));
}
