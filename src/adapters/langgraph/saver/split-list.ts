/**
 * The texts of the elements of a JSON array, cut so that `[`, the texts joined by commas, and `]`
 * reproduce the text to the byte; white space stays with the adjacent element. `undefined` for any
 * other text, and for an array without elements that is not just `[]`.
 */
export function splitList(text: string): string[] | undefined {
  if (text === '[]') return [];
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  const elements: string[] = [];
  let start = 1;
  let depth = 0;
  for (let i = 1; i < text.length - 1; i++) {
    switch (text.charCodeAt(i)) {
      case quote:
        i = endOfString(text, i);
        if (i < 0) return undefined;
        break;
      case openBracket:
      case openBrace:
        depth++;
        break;
      case closeBracket:
      case closeBrace:
        if (--depth < 0) return undefined;
        break;
      case comma:
        if (depth > 0) break;
        elements.push(text.slice(start, i));
        start = i + 1;
        break;
    }
  }
  if (depth !== 0) return undefined;
  elements.push(text.slice(start, -1));
  return elements.every((element) => element.trim() !== '') ? elements : undefined;
}

export function joinList(elements: readonly string[]): string {
  return `[${elements.join(',')}]`;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The index of the quote that ends the string beginning at `start`, or -1. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text.charCodeAt(at - 1 - count) === backslash) count++;
  return count % 2 === 1;
}
