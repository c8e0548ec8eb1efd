/** One name, one thing: only the import distinguishes what two files export under one name. */
import type { Finding } from './finding.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

/** Names that two files may export: what they mean is the same, or each is published by itself. */
export const namesPublishedTwice: readonly string[] = [
  // An engine, and its tables for Drizzle.
  'postgres',
  'sqlite',
  // `skein/models` has the verbs and options of the store, in the forms of its field.
  'StreamKey',
  'StreamPatch',
  'WriteOptions',
  'ItemPatch',
  'deleteEdges',
  'updateEdges',
  // The items of two foreign frameworks' messages.
  'MessageItem',
  // The tables of the conformance suite, which is an export.
  'threads',
];

const exported =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|enum) (\w+)/gm;

interface Export {
  readonly path: string;
  readonly line: number;
}

/** Names that several files of the product export, besides these. Engines mirror each other. */
export function findSharedNames(
  files: readonly ProjectFile[],
  allowed: readonly string[],
): Finding[] {
  return [...exportsByName(files)].flatMap(([name, exports]) => {
    const [first, ...others] = exports;
    if (allowed.includes(name) || first === undefined) return [];
    return others
      .filter(({ path }) => !(isOfEngine(path) && isOfEngine(first.path)))
      .map(({ path, line }) => ({
        path,
        line,
        message: `exports "${name}", as ${first.path} does: call each what it is (docs/glossary.md).`,
      }));
  });
}

/** Allowed names that no two files export any more. */
export function findUnsharedNames(
  files: readonly ProjectFile[],
  allowed: readonly string[],
): readonly string[] {
  const exports = exportsByName(files);
  return allowed.filter((name) => (exports.get(name) ?? []).length < 2);
}

/** Where each name is exported, once a file: overloads repeat their name. */
function exportsByName(files: readonly ProjectFile[]): Map<string, Export[]> {
  const byName = new Map<string, Export[]>();
  for (const { path, text } of files) {
    if (!/^src\/.*\.tsx?$/.test(path) || isTestCode(path)) continue;
    for (const match of readSource(text).code.matchAll(exported)) {
      const exports = byName.get(match[1]!) ?? [];
      byName.set(match[1]!, exports);
      if (exports.at(-1)?.path !== path) exports.push({ path, line: lineOf(text, match.index) });
    }
  }
  return byName;
}

function isOfEngine(path: string): boolean {
  return path.startsWith('src/engines/');
}
