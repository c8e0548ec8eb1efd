import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text file of the project; its path is relative to the root, with forward slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

export const rootFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The text files that are committed, or untracked and not ignored. `paths` limits them to folders
 * or files.
 */
export function projectFiles(...paths: readonly string[]): ProjectFile[] {
  return projectPaths(...paths)
    .map((path) => ({ path, text: readFileSync(join(rootFolder, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0')); // a zero byte means that it is not text
}

function projectPaths(...paths: readonly string[]): string[] {
  const isWanted = (path: string): boolean =>
    paths.length === 0 || paths.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));
  return (listByGit() ?? listByWalking('')).filter(isWanted).toSorted();
}

/** `undefined` if git cannot list them: it is not installed, or this is a copy without history. */
function listByGit(): string[] | undefined {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', args, { cwd: rootFolder, encoding: 'utf8' });
  if (status !== 0) return undefined;
  const unique = new Set(stdout.split('\0').filter((path) => path !== ''));
  return [...unique].filter((path) => existsSync(join(rootFolder, path)));
}

const notOurs = new Set([
  'node_modules',
  'dist',
  'dist.next',
  'dist.old',
  'data',
  '.git',
  '.cache',
]);

function listByWalking(folder: string): string[] {
  const entries = readdirSync(join(rootFolder, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (notOurs.has(path)) return [];
    if (entry.isDirectory()) return listByWalking(path);
    return entry.isFile() ? [path] : [];
  });
}

export function projectFile(path: string): ProjectFile {
  return { path, text: readFileSync(join(rootFolder, path), 'utf8') };
}
