import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text file of the project; its path is relative to the root, with forward slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

export const rootFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The text files that are committed or, not being ignored, about to be. `paths` narrows them down, as
 * folders or files.
 */
export function projectFiles(...paths: readonly string[]): ProjectFile[] {
  return projectPaths(...paths)
    .map((path) => ({ path, text: readFileSync(join(rootFolder, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0')); // what holds a zero byte is not text
}

export function projectPaths(...paths: readonly string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const listed = execFileSync('git', args, { cwd: rootFolder, encoding: 'utf8' });
  const unique = new Set(listed.split('\0').filter((path) => path !== ''));
  return [...unique].filter((path) => existsSync(join(rootFolder, path))).toSorted();
}

export function projectFile(path: string): ProjectFile {
  return { path, text: readFileSync(join(rootFolder, path), 'utf8') };
}
