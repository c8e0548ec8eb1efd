/** The paths of the HTTP API are written in its operation table and nowhere else. */
import type { Finding } from './finding.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';
import { findTexts, unknown } from './written-texts.ts';

const tableFolder = 'src/api/operations/';

/** Paths of the API that the product writes, however it puts them together. */
export function findWrittenPaths(files: readonly ProjectFile[]): Finding[] {
  const pattern = patternOf(files);
  if (pattern === undefined) return [];
  const product = files.filter(
    ({ path }) =>
      /^(?:src|apps)\/.*\.tsx?$/.test(path) && !path.startsWith(tableFolder) && !isTestCode(path),
  );
  return product.flatMap((file) => findPathsIn(file, pattern));
}

function findPathsIn({ path, text }: ProjectFile, pattern: RegExp): Finding[] {
  const written = [...findTexts(text), ...(path.endsWith('.tsx') ? [textOfJsx(text)] : [])];
  const found = new Map<number, string>();
  for (const { text: whole, offset } of written) {
    for (const match of whole.matchAll(pattern)) {
      const at = lineOf(text, offset + (offset === 0 ? match.index : 0));
      found.set(at, match[0].replaceAll(unknown, '…'));
    }
  }
  return [...found].map(([line, match]) => ({
    path,
    line,
    message: `writes the path "${match}": take it from ${tableFolder}.`,
  }));
}

/**
 * The whole source, because the text between elements is code to the lexer, or what its
 * apostrophes and slashes make of it. Regular expressions are left out.
 */
function textOfJsx(source: string): { readonly text: string; readonly offset: 0 } {
  const { code, withStrings } = readSource(source);
  let text = withStrings;
  for (const { 0: blanked, index } of code.matchAll(/\/ +\//g)) {
    const end = index + blanked.length;
    const isElement = withStrings.slice(index, end).endsWith('</'); // `>/v1</p>`
    if (!isElement) text = text.slice(0, index) + blanked + text.slice(end);
  }
  return { text, offset: 0 };
}

/** What a path of the table looks like in a text; none without a table. */
function patternOf(files: readonly ProjectFile[]): RegExp | undefined {
  const paths = files
    .filter(({ path }) => path.startsWith(tableFolder))
    .flatMap(({ text }) => [...text.matchAll(/'(?:GET|POST|PUT|PATCH|DELETE) \/([^']+)'/g)])
    .map(([, path = '']) => path.split('/'));
  if (paths.length === 0) return undefined;
  const first = anyOf(paths.map(([name = '']) => name));
  const folders = anyOf(paths.filter(({ length }) => length > 1).map(([name = '']) => name));
  const second = anyOf(paths.flatMap(([, name = '']) => (name.startsWith('{') ? [] : [name])));
  const ended = String.raw`(?![\w-]|\.\w)`;
  const below = String.raw`\/(?:(?:${second})${ended}|${unknown}|$)`;
  return new RegExp(
    [
      // `/v1`, at the root of a server, whatever stands before it. `../v1/a.ts` is another thing.
      String.raw`(?<![\w.~/<-])\/(?:${first})${ended}`,
      // On our own port; `http://localhost:11434/v1` is the address of another program.
      String.raw`(?<=:4000)\/(?:${first})${ended}`,
      // `v1/threads`, against a base.
      String.raw`(?<![\w.~/-])(?:${folders})${below}`,
      // `https://example.com/any/v1/threads`; `https://example.com/v1` may be another server's.
      String.raw`(?<=https?:\/\/[^\s/]+(?:\/[^\s/]+)*)\/(?:${folders})${below}`,
      // `href="openapi.json"`, relative to the page.
      String.raw`(?<=\b(?:href|src|action)=["']?)(?:${first})${ended}`,
    ].join('|'),
    'g',
  );
}

function anyOf(names: readonly string[]): string {
  const distinct = [...new Set(names.filter((name) => name !== ''))];
  return distinct.map((name) => name.replaceAll('.', String.raw`\.`)).join('|');
}
