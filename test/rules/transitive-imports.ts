/** What files load by way of others. */
import { dirname, join } from 'node:path/posix';
import type { Finding } from './finding.ts';
import { findImports } from './find-imports.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';

/** Packages that a folder must not load, because all its users would load them. */
const unwanted: readonly { readonly folder: string; readonly packageName: string }[] = [
  { folder: 'src/client/', packageName: 'zod' },
  { folder: 'src/react/', packageName: 'zod' },
];

/** The first imports of chains that end in an unwanted package. Imports of types do not count. */
export function findTransitiveImports(files: readonly ProjectFile[]): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return unwanted.flatMap(({ folder, packageName }) => {
    const chains = new Map<string, readonly string[] | undefined>();
    const inside = files.filter(({ path }) => path.startsWith(folder) && !isTestCode(path));
    return inside.flatMap(({ path, text }) =>
      targetsOf(path, text).flatMap(({ target, line }) => {
        if (target.startsWith(folder)) return []; // that file has its own finding
        const chain = chainTo(packageName, target, byPath, chains);
        if (chain === undefined) return [];
        const message = `brings in ${packageName}: ${chain.join(' → ')}. Move what it needs out of there.`;
        return [{ path, line, message }];
      }),
    );
  });
}

/** Lists the files of the project by a program, and asks nothing of it that could take long. */
const harmless = 'test/rules/project-files.ts';

/** The tests among these files that may start programs: what they import can, even indirectly. */
export function testsThatStartPrograms(files: readonly ProjectFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const chains = new Map<string, readonly string[] | undefined>([[harmless, undefined]]);
  const startPrograms = ({ path }: ProjectFile): boolean =>
    chainTo('node:child_process', path, byPath, chains) !== undefined;
  return files
    .filter((file) => file.path.endsWith('.test.ts') && startPrograms(file))
    .map(({ path }) => path);
}

/** The files from one to the package that it finally loads, or `undefined`. */
function chainTo(
  packageName: string,
  from: string,
  files: ReadonlyMap<string, ProjectFile>,
  known: Map<string, readonly string[] | undefined>,
): readonly string[] | undefined {
  if (from === packageName || from.startsWith(`${packageName}/`)) return [packageName];
  if (known.has(from)) return known.get(from);
  known.set(from, undefined); // stops at a circle
  const file = files.get(from);
  for (const { target } of file === undefined ? [] : targetsOf(from, file.text)) {
    const rest = chainTo(packageName, target, files, known);
    if (rest === undefined) continue;
    known.set(from, [from, ...rest]);
    break;
  }
  return known.get(from);
}

/** What a file loads: paths within the project, and package names. */
function targetsOf(
  path: string,
  text: string,
): readonly { readonly target: string; readonly line: number }[] {
  return findImports(text).flatMap(({ specifier, kind, line }) => {
    if (specifier === undefined || kind === 'type') return [];
    const target = specifier.startsWith('.') ? join(dirname(path), specifier) : specifier;
    return [{ target, line }];
  });
}
