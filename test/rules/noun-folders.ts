import { findImports } from './find-imports.ts';
import type { ProjectFile } from './project-files.ts';

const listPath = 'src/store/nouns.ts';

/** The folders of `src/domain` whose nouns the store lists, in the order of its list. */
export function nounFolders(files: readonly ProjectFile[]): string[] {
  const text = files.find(({ path }) => path === listPath)?.text;
  if (text === undefined) return [];
  const folders = new Map<string, string>();
  for (const { specifier = '' } of findImports(text)) {
    const [, folder, file] = /^\.\.\/domain\/([\w-]+)\/([\w-]+)-noun\.ts$/.exec(specifier) ?? [];
    if (folder !== undefined && file !== undefined) folders.set(`${camelCase(file)}Noun`, folder);
  }
  const list = /\bconst list\b[^;]*;/.exec(text)?.[0] ?? '';
  return [...list.matchAll(/\b\w+Noun\b/g)].flatMap(([name]) => folders.get(name) ?? []);
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
