/**
 * An export is a promise to other modules, so a reader must look for its uses everywhere. Hence
 * unused exports are errors.
 */
import { dirname, join } from 'node:path/posix';
import { findImports, type Import } from './find-imports.ts';
import type { Finding } from './finding.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

/**
 * Folders that may still have unused exports, and their total number. Both may only shrink, to
 * none. The sum survives files that move between folders.
 */
export interface ExportDebt {
  readonly folders: readonly string[];
  readonly count: number;
}

export const exportDebt: ExportDebt = {
  folders: ['src/domain/base', 'src/store'],
  count: 4,
};

/** How far the number may exceed the truth, so that not every commit must edit it. */
const slack = 25;

/** Exported names that no other file imports, beyond the debt. */
export function findDeadExports(files: readonly ProjectFile[], debt: ExportDebt): Finding[] {
  const uses = collectUses(files);
  const dead = files.flatMap((file) => findDeadIn(file, uses.get(file.path) ?? new Set()));
  const isOwed = ({ path }: Finding): boolean =>
    debt.folders.some((folder) => path.startsWith(`${folder}/`));
  const owed = dead.filter(isOwed);
  const strict = dead.filter((finding) => !isOwed(finding));
  if (owed.length > debt.count) return [...strict, ...owed];
  if (owed.length >= debt.count - slack) return strict;
  const message = `allows ${debt.count} dead exports, and there are ${owed.length}: lower the number.`;
  return [...strict, { path: 'test/rules/dead-exports.ts', line: 1, message }];
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

/** Entry files export for users of the package, and configuration files for tools. */
function findDeadIn({ path, text }: ProjectFile, uses: ReadonlySet<string>): Finding[] {
  if (/(?:^|\/)(?:index|[\w-]+\.config)\.ts$/.test(path) || uses.has('*')) return [];
  return [...readSource(text).code.matchAll(exported)].flatMap((match) => {
    const name = match[1] ?? '';
    if (uses.has(name)) return [];
    const message = `exports ${name}, which no other file imports: take the export away.`;
    return [{ path, line: lineOf(text, match.index), message }];
  });
}
