/**
 * An export is a promise to other modules, so a reader must look for its uses everywhere. Hence
 * unused exports are errors, and so are exports of the product that only tests use.
 */
import { dirname, join } from 'node:path/posix';
import { findImports, type Import } from './find-imports.ts';
import type { Finding } from './finding.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

/** By `path#name`: why the product exports a name that only tests use. */
export type TestSeams = Readonly<Record<string, string>>;

export const testSeams: TestSeams = {
  'src/store/create-store.ts#createStoreOf': 'A test gives a store the list with a toy noun.',
  'src/store/copy/copy-store.ts#copyStoreOf': 'A test copies the toy noun.',
  'src/store/doctor/doctor.ts#doctorOf': 'A test sees the doctor examine the toy noun.',

  'src/engines/lsm/lsm-engine.ts#LsmEngine': 'Tests pass a database that counts, fails or fills.',
  'src/engines/lsm/level-database.ts#LevelBatch': 'The test database watches batches.',
  'src/domain/requests/idempotency.ts#requestTtlMs': 'Tests move the clock to just before it.',
  'src/records/time-queue.ts#queueMarginMs': 'Tests read a queue on both sides of it.',

  'src/adapters/ai-sdk/chat/stream-answer.ts#protocolHeaders':
    'A test compares them with those of the AI SDK, which the product loads only on demand.',
  'src/engines/sql/sql-definition.ts#indexName': 'A test looks for the index in the plans.',

  'src/domain/live/log-pages.ts#LogPages': 'Tests fill it to its bound.',
  'src/cli/progress.ts#progressLine': 'Tests go through its texts without a terminal.',
  'src/domain/checkpoints/element-list.ts#formatEntry': 'A test compares ranges as texts.',
  'src/domain/checkpoints/element-row-cache.ts#ElementRowCache': 'Tests fill it to its bound.',
  'src/domain/threads/generate-title.ts#cleanTitle': 'Tests pass what models say, without a model.',
  'src/engine/checks.ts#checkTable': 'A test passes declarations that do not fit their type.',
  'src/engines/memory/sorted-rows.ts#Range': 'A test makes random ranges.',
};

/** Exported names that no other file imports, and those of the product that only tests import. */
export function findDeadExports(files: readonly ProjectFile[], seams: TestSeams): Finding[] {
  const all = collectUses(files);
  const product = collectUses(files.filter(({ path }) => !isOfTests(path)));
  const dead = files.flatMap((file) => {
    const uses = isProduct(file.path) ? product : all;
    return findUnusedIn(file, uses.get(file.path) ?? new Set());
  });
  const findings = dead
    .filter(({ path, name }) => !(isProduct(path) && seams[`${path}#${name}`] !== undefined))
    .map(({ path, line, name }) => {
      const isTested = [name, '*'].some((used) => all.get(path)?.has(used));
      return { path, line, message: isTested ? explainTested(name) : explainUnused(name) };
    });
  return [...findings, ...findNeedlessSeams(seams, dead)];
}

function explainUnused(name: string): string {
  return `exports ${name}, which no other file imports: take the export away.`;
}

function explainTested(name: string): string {
  return (
    `exports ${name}, which only tests import: test what the product uses, ` +
    'or give the reason in test/rules/dead-exports.ts.'
  );
}

function findNeedlessSeams(seams: TestSeams, dead: readonly Unused[]): Finding[] {
  const needed = new Set(dead.map(({ path, name }) => `${path}#${name}`));
  return Object.keys(seams)
    .filter((seam) => !needed.has(seam))
    .map((seam) => ({
      path: 'test/rules/dead-exports.ts',
      line: 1,
      message: `lists ${seam}, which is gone or which the product uses: take the entry away.`,
    }));
}

function isProduct(path: string): boolean {
  return path.startsWith('src/') && !isTestCode(path);
}

function isOfTests(path: string): boolean {
  return path.startsWith('test/') || isTestCode(path);
}

/** The names that other modules import, by module path; `*` means all of them. */
function collectUses(files: readonly ProjectFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const uses = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const imported of findImports(text)) {
      if (imported.specifier?.startsWith('.') !== true) continue;
      const target = join(dirname(path), imported.specifier);
      const names = uses.get(target) ?? new Set();
      uses.set(target, names);
      for (const name of namesIn(imported)) names.add(name);
    }
  }
  return uses;
}

/** A dynamic import uses the whole module; its uses are not analyzed. */
function namesIn({ kind, clause }: Import): readonly string[] {
  if (kind === 'dynamic' || clause.includes('*')) return ['*'];
  const listed = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  return listed.split(',').map(
    (part) =>
      part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/)[0]!,
  );
}

const exported =
  /^export\s+(?:async\s+|abstract\s+)*(?:const|let|function\*?|class|interface|type|enum)\s+([\w$]+)/gm;

interface Unused {
  readonly path: string;
  readonly line: number;
  readonly name: string;
}

/** Entry files export for users of the package, and configuration files for tools. */
function findUnusedIn({ path, text }: ProjectFile, uses: ReadonlySet<string>): Unused[] {
  if (/(?:^|\/)(?:index|[\w-]+\.config)\.ts$/.test(path) || uses.has('*')) return [];
  return [...readSource(text).code.matchAll(exported)]
    .map((match) => ({ path, line: lineOf(text, match.index), name: match[1] ?? '' }))
    .filter(({ name }) => !uses.has(name));
}
