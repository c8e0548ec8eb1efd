import { lineOf, readSource } from './source-text.ts';

/** One place where a module imports another. */
export interface Import {
  /** The text between the quotes; `undefined` if it is computed and cannot be read. */
  readonly specifier: string | undefined;
  /** `type` leaves nothing after types are stripped; `dynamic` is a call of `import()`. */
  readonly kind: 'value' | 'type' | 'dynamic';
  /** Counted from 1. */
  readonly line: number;
  /** Whether it re-exports what it imports (`export … from`). */
  readonly isExport: boolean;
  /** The text between the keyword and `from`, on one line: `{ a, type B }`. */
  readonly clause: string;
}

// Both match code whose strings are blanked, up to their closing quotes.
const declaration = /(?<![.\w$])(import|export)\b(?!\s*[(.])([^;'"`()=]*?\bfrom\b)?\s*(['"]) *\3/g;
const call = /(?<![.\w$])(?:import|require)\s*\(\s*(?:(['"]) *\1)?/g;

/** Every import, re-export and dynamic import of a TypeScript or JavaScript module, in order. */
export function findImports(source: string): Import[] {
  const { code } = readSource(source);
  const found: (Import & { readonly offset: number })[] = [];
  for (const match of code.matchAll(declaration)) {
    const clause = (match[2] ?? '')
      .replace(/\bfrom$/, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    found.push({
      ...placeOf(source, match),
      kind: isTypeOnly(clause) ? 'type' : 'value',
      isExport: match[1] === 'export',
      clause,
    });
  }
  for (const match of code.matchAll(call)) {
    found.push({ ...placeOf(source, match), kind: 'dynamic', isExport: false, clause: '' });
  }
  return found.toSorted((a, b) => a.offset - b.offset);
}

function placeOf(
  source: string,
  match: RegExpExecArray,
): Pick<Import, 'specifier' | 'line'> & { readonly offset: number } {
  const text = source.slice(match.index, match.index + match[0].length);
  const specifier = /(['"])([^'"]*)\1$/.exec(text)?.[2];
  return { specifier, line: lineOf(source, match.index), offset: match.index };
}

/** Whether a clause is `type X`, or braces in which every name is a type. */
function isTypeOnly(clause: string): boolean {
  if (/^type\b(?!\s*,|\s*$)/.test(clause)) return true;
  const names = /^\{(.*)\}$/.exec(clause)?.[1]?.split(',') ?? [];
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}
