/**
 * The lexical grammar of TypeScript, as far as needed to tell code from comments, strings,
 * templates and regular expressions. Each result has the length of the source, so that offsets and
 * line numbers stay valid.
 */
interface SourceText {
  /**
   * Only code: comments and the contents of strings, templates and regular expressions are blank.
   */
  readonly code: string;
  /** Code with the contents of strings and templates, but without comments. */
  readonly withStrings: string;
  /** Only comments. */
  readonly comments: string;
}

type Kind = 'code' | 'comment' | 'text';

export function readSource(source: string): SourceText {
  const kinds = new Lexer(source).run();
  const keep = (...wanted: readonly Kind[]): string => keepKinds(source, kinds, wanted);
  return { code: keep('code'), withStrings: keep('code', 'text'), comments: keep('comment') };
}

function keepKinds(source: string, kinds: readonly Kind[], wanted: readonly Kind[]): string {
  let kept = '';
  for (let i = 0; i < source.length; i++) {
    const char = source[i]!;
    kept += char === '\n' || wanted.includes(kinds[i]!) ? char : ' ';
  }
  return kept;
}

/** Markdown with its code blanked, so that offsets and line numbers stay valid. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^(```|~~~)[^]*?^\1|`[^`\n]*`/gm, (code) =>
    code.replaceAll(/[^\n]/g, ' '),
  );
}

/** The line of an offset, counted from 1. */
export function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', at + 1)) {
    line++;
  }
  return line;
}

/** What precedes a slash that begins a regular expression; after anything else it divides. */
const beforeRegExp =
  /(?:^|[({[,;=:!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|yield|await))\s*$/;

class Lexer {
  readonly #source: string;
  readonly #kinds: Kind[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#kinds = Array.from<Kind>({ length: source.length }).fill('code');
  }

  run(): readonly Kind[] {
    this.#code('');
    return this.#kinds;
  }

  /** Reads code up to the brace that closes a template's placeholder, or to the end. */
  #code(closing: '' | '}'): void {
    let depth = 0;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === '}' && depth === 0 && closing === '}') return;
      if (char === '{') depth++;
      if (char === '}') depth--;
      if (!this.#readSpecial(char)) this.#at++;
    }
  }

  /** Reads a comment, string, template or regular expression, if one begins here. */
  #readSpecial(char: string): boolean {
    const next = this.#source[this.#at + 1];
    if (char === '/' && next === '/' && !this.#isAddressHere()) this.#readComment('\n', 0);
    else if (char === '/' && next === '*') this.#readComment('*/', 2);
    else if (char === '/' && this.#isRegExpHere()) this.#readRegExp();
    else if (char === '"' || char === "'") this.#readString(char);
    else if (char === '`') this.#readTemplate();
    else return false;
    return true;
  }

  /** The slashes of an address in the text of JSX: `<p>https://example.com</p>`. */
  #isAddressHere(): boolean {
    return /\bhttps?:$/.test(this.#source.slice(Math.max(0, this.#at - 6), this.#at));
  }

  #isRegExpHere(): boolean {
    return beforeRegExp.test(this.#source.slice(Math.max(0, this.#at - 200), this.#at));
  }

  /** `endLength` is the length of the terminator that belongs to the comment. */
  #readComment(end: string, endLength: number): void {
    const found = this.#source.indexOf(end, this.#at + 2);
    const stop = found === -1 ? this.#source.length : found + endLength;
    this.#kinds.fill('comment', this.#at, stop);
    this.#at = stop;
  }

  #readString(quote: string): void {
    this.#at++;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === '\n') return; // no string, but an apostrophe in the text of JSX
      if (char === quote) break;
      this.#takeText();
    }
    this.#at++;
  }

  #readTemplate(): void {
    this.#at++;
    while (this.#at < this.#source.length && this.#source[this.#at] !== '`') {
      if (this.#source.startsWith('${', this.#at)) {
        this.#at += 2;
        this.#code('}');
        this.#at++;
      } else this.#takeText();
    }
    this.#at++;
  }

  #readRegExp(): void {
    let isInClass = false;
    this.#at++;
    for (; this.#at < this.#source.length;) {
      const char = this.#source[this.#at]!;
      if (char === '\n' || (char === '/' && !isInClass)) break;
      if (char === '[') isInClass = true;
      if (char === ']') isInClass = false;
      this.#takeText();
    }
    this.#at++;
  }

  /** Takes one character of a string, template or regular expression, with its escape. */
  #takeText(): void {
    const length = this.#source[this.#at] === '\\' ? 2 : 1;
    this.#kinds.fill('text', this.#at, this.#at + length);
    this.#at += length;
  }
}
