/** What the literals of a source file amount to, however they are put together. */
import { readSource } from './source-text.ts';

/** A text that a program makes of literals. */
interface WrittenText {
  /** What only runs know is one `unknown`. */
  readonly text: string;
  readonly offset: number;
}

/** In the place of what only runs know. */
export const unknown = '\0';

/**
 * Strings, templates and regular expressions of a source, joined where `+`, `concat`, `join('/')`
 * or placeholders join them. Constants of the same file count as their texts. What is nested in a
 * placeholder is listed by itself, too.
 */
export function findTexts(source: string): WrittenText[] {
  const constants = new Map<string, string>();
  new TextReader(source, constants).run(); // a constant may stand below its use
  return new TextReader(source, constants).run();
}

interface Piece {
  readonly text: string;
  /** The offset after it. */
  readonly end: number;
}

class TextReader {
  readonly #code: string;
  readonly #withStrings: string;
  readonly #constants: Map<string, string>;
  readonly #texts: WrittenText[] = [];

  constructor(source: string, constants: Map<string, string>) {
    const { code, withStrings } = readSource(source);
    this.#code = code;
    this.#withStrings = withStrings;
    this.#constants = constants;
  }

  run(): WrittenText[] {
    for (let at = 0; at < this.#code.length;) at = this.#readAt(at);
    return this.#texts;
  }

  /** Reads what begins here, and returns the offset after it. */
  #readAt(at: number): number {
    if (this.#code[at] === '[') return this.#readList(at);
    if (this.#isRegExp(at)) return this.#readRegExp(at);
    if (!/['"`]/.test(this.#code[at]!)) return at + 1;
    const chain = this.#readChain(at);
    const text = this.#before(at) + chain.text;
    this.#texts.push({ text, offset: at });
    const [, name] = /\bconst (\w+)(?:: string)? = $/.exec(this.#code.slice(0, at)) ?? [];
    if (name !== undefined) this.#constants.set(name, text);
    return chain.end;
  }

  /** What is added in front of a literal: `base + '…'`. */
  #before(at: number): string {
    const before = this.#code.slice(Math.max(0, at - 100), at);
    const [, name] = /(?:^|[^.\w])(\w+)\s*\+\s*$/.exec(before) ?? [];
    if (name !== undefined) return this.#constants.get(name) ?? unknown;
    return /\+\s*$/.test(before) ? unknown : '';
  }

  /** A literal and what follows it by `+` or `concat`. */
  #readChain(at: number): Piece {
    let { text, end } = this.#readLiteral(at);
    for (;;) {
      const joint = /\s*(?:\+|\.concat\()\s*/y;
      joint.lastIndex = end;
      if (!joint.test(this.#code)) return { text, end };
      const next = this.#readOperand(joint.lastIndex);
      text += next.text;
      if (next.text === unknown) return { text, end };
      end = next.end;
    }
  }

  #readOperand(at: number): Piece {
    if (/['"`]/.test(this.#code[at] ?? '')) return this.#readLiteral(at);
    const name = /\w+(?![\w.([])/y;
    name.lastIndex = at;
    const [found] = name.exec(this.#code) ?? [];
    const text = found === undefined ? undefined : this.#constants.get(found);
    return text === undefined ? { text: unknown, end: at } : { text, end: name.lastIndex };
  }

  /** `['a', 'b'].join('/')`; other lists have separate texts. */
  #readList(at: number): number {
    const joined = /\[([^[\]]*)\]\s*\.join\(\s*(?=['"`])/y;
    joined.lastIndex = at;
    const [, inner] = joined.exec(this.#code) ?? [];
    if (inner === undefined) return at + 1;
    const separator = this.#readLiteral(joined.lastIndex);
    let from = at + 1;
    const texts = inner.split(',').map((part) => {
      const { text } = this.#readOperand(from + part.search(/\S|$/));
      from += part.length + 1;
      return text;
    });
    this.#texts.push({ text: texts.join(separator.text), offset: at });
    return separator.end;
  }

  #readLiteral(at: number): Piece {
    const quote = this.#code[at]!;
    if (quote === '`') return this.#readTemplate(at);
    const close = this.#code.indexOf(quote, at + 1);
    const inner = this.#withStrings.slice(at + 1, Math.max(close, at + 1));
    if (inner.includes('\n')) return { text: '', end: at + 1 }; // an apostrophe in JSX
    return { text: plain(inner), end: at + 1 + inner.length + 1 };
  }

  #readTemplate(at: number): Piece {
    let text = '';
    let from = at + 1;
    while (from < this.#code.length && this.#code[from] !== '`') {
      if (this.#code.startsWith('${', from)) {
        const value = this.#readPlaceholder(from + 2);
        text += value.text;
        from = value.end;
      } else text += this.#withStrings[from++]!;
    }
    return { text: plain(text), end: from + 1 };
  }

  /** The expression of a placeholder up to its brace. Only a chain of literals has a known text. */
  #readPlaceholder(at: number): Piece {
    const isLiteral = /['"`]/.test(this.#code[at] ?? '');
    const whole = isLiteral ? this.#readChain(at) : this.#readOperand(at);
    if (this.#code[whole.end] === '}') return { text: whole.text, end: whole.end + 1 };
    let depth = 0;
    for (let from = at; from < this.#code.length;) {
      const char = this.#code[from]!;
      if (char === '}' && depth === 0) return { text: unknown, end: from + 1 };
      if (char === '{') depth++;
      if (char === '}') depth--;
      from = this.#readAt(from);
    }
    return { text: unknown, end: this.#code.length };
  }

  /** In code, a slash before blanked contents opens a regular expression. */
  #isRegExp(at: number): boolean {
    return (
      this.#code[at] === '/' && this.#code[at + 1] === ' ' && this.#withStrings[at + 1] !== ' '
    );
  }

  #readRegExp(at: number): number {
    const close = this.#code.indexOf('/', at + 1);
    const end = close === -1 ? this.#code.length : close;
    const pattern = plain(this.#withStrings.slice(at + 1, end)).replace(/^\^/, '');
    this.#texts.push({ text: pattern, offset: at });
    return end + 1;
  }
}

/** Without the escapes that change nothing: a slash needs one only in regular expressions. */
function plain(text: string): string {
  return text.replaceAll(String.raw`\/`, '/');
}
