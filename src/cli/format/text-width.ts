/** Fits text into the columns of a terminal. It is never cut inside a grapheme. */
import stringWidth from 'string-width';

/** The text, cut to `widthMax` columns with an ellipsis at the end where something is missing. */
export function cutToWidth(text: string, widthMax: number): string {
  if (widthMax <= 0) return '';
  if (stringWidth(text) <= widthMax) return text;
  return takeWidth(text, widthMax - 1).trimEnd() + '…';
}

/** The text with spaces up to `width` columns. */
export function padToWidth(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Lines of at most `width` columns, broken between words where that is possible. */
export function wrapToWidth(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

function wrapLine(line: string, width: number): string[] {
  if (stringWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\s)/)) {
    if (stringWidth(current) + stringWidth(word.trimEnd()) > width && current !== '') {
      lines.push(current.trimEnd());
      current = '';
    }
    current += word;
    while (stringWidth(current.trimEnd()) > width) {
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
    width += stringWidth(segment);
    if (width > widthMax && end > 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
