import { describe, expect, test } from 'vitest';
import { findImports } from './find-imports.ts';
import { lineOf, readSource } from './source-text.ts';

describe('readSource', () => {
  const cases: readonly (readonly [source: string, code: string])[] = [
    ['a // b', 'a     '],
    ['a /* b\nc */ d', 'a     \n     d'],
    ["x = 'a // b';", "x = '      ';"],
    ['x = "a\\"b";', 'x = "    ";'],
    ['x = `a ${b + `c ${d}`} e`;', 'x = `  ${b + `  ${d}`}  `;'],
    ['x = `${{ a: 1 }.a} "`;', 'x = `${{ a: 1 }.a}  `;'],
    ['x = /["/]/.test(y) / 2;', 'x = /    /.test(y) / 2;'],
    ['x = a / b / c;', 'x = a / b / c;'],
    ["return /'/g;", 'return / /g;'],
  ];
  test.each(cases)('%s', (source, code) => {
    expect(readSource(source).code).toBe(code);
  });

  test('keeps strings, or comments, on request', () => {
    const source = "a('b'); // c";
    expect(readSource(source).withStrings).toBe("a('b');     ");
    expect(readSource(source).comments).toBe('        // c');
  });

  test('counts lines from 1', () => {
    expect([0, 1, 2, 3].map((offset) => lineOf('a\nb\nc', offset))).toEqual([1, 1, 2, 2]);
  });
});

describe('findImports', () => {
  const find = (source: string): unknown[] =>
    findImports(source).map(({ specifier, kind, line }) => [specifier, kind, line]);

  test('finds every form', () => {
    const source = [
      "import './a.ts';",
      "import b from './b.ts';",
      'import {\n  c,\n  type D,\n} from "./c.ts";',
      "import * as e from './e.ts';",
      "import type { F } from './f.ts';",
      "import { type G, type H } from './g.ts';",
      "export * from './h.ts';",
      "export type { I } from './i.ts';",
      "const j = await import('./j.ts');",
      'const k = await import(`./${name}.ts`);',
      "let l: import('./l.ts').L;",
    ].join('\n');
    expect(find(source)).toEqual([
      ['./a.ts', 'value', 1],
      ['./b.ts', 'value', 2],
      ['./c.ts', 'value', 3],
      ['./e.ts', 'value', 7],
      ['./f.ts', 'type', 8],
      ['./g.ts', 'type', 9],
      ['./h.ts', 'value', 10],
      ['./i.ts', 'type', 11],
      ['./j.ts', 'dynamic', 12],
      [undefined, 'dynamic', 13],
      ['./l.ts', 'dynamic', 14],
    ]);
  });

  test('finds nothing in what only looks like one', () => {
    const source = [
      "// import a from './a.ts';",
      'const help = "import a from \'./a.ts\'";',
      'const here = import.meta.url;',
      'export const from = `x`;',
      "export const b = 'c';",
      'export interface Range { readonly from: string; }',
      "table.import('x');",
    ].join('\n');
    expect(find(source)).toEqual([]);
  });
});
