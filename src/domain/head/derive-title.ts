import { cutText } from '../../shared/text.ts';

/** The longest derived or generated title, in UTF-16 units, as for all short texts. */
export const derivedTitleLengthMax = 50;

/**
 * Derives a thread's title from a text: its beginning on one line, at most 50 characters, cut
 * between two words and never inside a grapheme. `undefined` if the text is blank.
 */
export function deriveTitle(text: string): string | undefined {
  // There may be any number of leading blanks, so they are skipped before anything is copied.
  const start = text.search(shown);
  if (start < 0) return undefined;
  const begin = text.slice(start, start + lookedAtMax);
  const line = untidy.test(begin) ? begin.toWellFormed().replace(gaps, ' ').trim() : begin;
  const title = cutAtWord(line);
  return title === '' ? undefined : title;
}

/**
 * Enough to leave a title despite white space between words, and few enough that a long text is
 * cheap.
 */
const lookedAtMax = 500;

// oxlint-disable-next-line no-control-regex -- a title is one line of plain text
const gaps = /[\s\u0000-\u001f\u007f-\u009f]+/g;
// oxlint-disable-next-line no-control-regex -- as above
const shown = /[^\s\u0000-\u001f\u007f-\u009f]/;
/** Whether tidying would change anything: most texts are ASCII with single spaces. */
const untidy = /[^\x21-\x7e ]| {2}|^ | $/;

function cutAtWord(line: string): string {
  if (line.length <= derivedTitleLengthMax) return line;
  const isCutClean = line[derivedTitleLengthMax] === ' ';
  const space = line.lastIndexOf(' ', derivedTitleLengthMax);
  if (isCutClean) return tidyEnd(line.slice(0, derivedTitleLengthMax));
  if (space > 0 && !unspaced.test(line.slice(space, derivedTitleLengthMax + 1))) {
    return tidyEnd(line.slice(0, space));
  }
  return tidyEnd(unspaced.test(line) ? cutAtSegment(line) : cutText(line, derivedTitleLengthMax));
}

/** Scripts that write words without spaces between them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

function cutAtSegment(line: string): string {
  let end = 0;
  for (const { index, segment } of words.segment(line.slice(0, derivedTitleLengthMax + 64))) {
    if (index + segment.length > derivedTitleLengthMax) break;
    end = index + segment.length;
  }
  return end > 0 ? line.slice(0, end) : cutText(line, derivedTitleLengthMax);
}

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Removes a trailing comma, dash or opening bracket. */
function tidyEnd(cut: string): string {
  return cut.replace(/[\s,;:([{\u2013\u2014-]+$/u, '') || cut.trim();
}
