/**
 * How many columns of a terminal a text takes, and cutting and wrapping by columns. Text is never cut
 * inside a grapheme (what people see as one character). Widths follow Unicode Standard Annex 11:
 * wide and fullwidth characters and emoji take two columns.
 */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text, cut to `widthMax` columns with an ellipsis at the end where something is missing. */
export function cutToWidth(text: string, widthMax: number): string {
  if (widthMax <= 0) return '';
  if (textWidth(text) <= widthMax) return text;
  return takeWidth(text, widthMax - 1).trimEnd() + '…';
}

/** The text with spaces up to `width` columns. */
export function padToWidth(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Lines of at most `width` columns, broken between words where that is possible. */
export function wrapToWidth(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\s)/)) {
    if (textWidth(current) + textWidth(word.trimEnd()) > width && current !== '') {
      lines.push(current.trimEnd());
      current = '';
    }
    current += word;
    while (textWidth(current.trimEnd()) > width) {
      const head = takeWidth(current, width);
      lines.push(head);
      current = current.slice(head.length);
    }
  }
  return current.trim() === '' ? lines : [...lines, current.trimEnd()];
}

/** The longest beginning that fits, but at least one grapheme, so that wrapping always goes on. */
function takeWidth(text: string, widthMax: number): string {
  let [width, end] = [0, 0];
  for (const { index, segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > widthMax && end > 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x300) return code === 0xad ? 0 : grapheme.includes('\ufe0f\u20e3') ? 2 : 1;
  if (invisible.test(grapheme)) return 0;
  return isWide(code) || emoji.test(grapheme) ? 2 : 1;
}

function isWide(code: number): boolean {
  return code >= 0x1100 && wideRanges.some(([from, to]) => code >= from && code <= to);
}

/** The wide and fullwidth blocks of EastAsianWidth.txt; emoji are found by their own property. */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

const plain = /^[\x20-\x7e]*$/;
const emoji = new RegExp('^\\p{RGI_Emoji}$', 'v'); // as a literal it would need a newer target
const invisible = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
