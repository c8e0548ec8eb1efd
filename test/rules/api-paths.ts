/** The paths of the HTTP API are written in its operation table and nowhere else. */
import type { Finding } from './finding.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

const tableFolder = 'src/protocol/operations/';

/** The first segments of all paths in the table: `v1`, `healthz`, … */
function firstSegmentsOf(files: readonly ProjectFile[]): readonly string[] {
  const segments = files
    .filter(({ path }) => path.startsWith(tableFolder))
    .flatMap(({ text }) =>
      [...text.matchAll(/'(?:GET|POST|PUT|PATCH|DELETE) \/([^/']+)/g)].map(([, first]) => first!),
    );
  return [...new Set(segments)];
}

/** Paths of the API in strings and templates of the product, with any quotes. */
export function findWrittenPaths(files: readonly ProjectFile[]): Finding[] {
  const names = firstSegmentsOf(files).map((name) => name.replaceAll('.', String.raw`\.`));
  if (names.length === 0) return [];
  // After the beginning of a text, a placeholder, our own port or a blank. `../api/item.ts` does
  // not match.
  const written = new RegExp(
    String.raw`(?<=['"\x60}\s]|:4000)\/(?:${names.join('|')})(?![\w.-])`,
    'g',
  );
  const product = files.filter(
    ({ path }) =>
      /^(?:src|apps)\/.*\.tsx?$/.test(path) && !path.startsWith(tableFolder) && !isTestCode(path),
  );
  return product.flatMap(({ path, text }) => {
    const { code, withStrings } = readSource(text);
    return [...withStrings.matchAll(written)].flatMap((match) => {
      if (code[match.index] === '/') return []; // a division or a regular expression
      const message = `writes the path "${match[0]}": take it from ${tableFolder}.`;
      return [{ path, line: lineOf(text, match.index), message }];
    });
  });
}
