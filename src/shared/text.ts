/**
 * Whether a text has at most `lengthMax` UTF-16 units, no control characters and no lone
 * surrogates. Titles, keys, tags and ids must: lists and terminals show them, and keys encode them.
 */
export function isShortText(text: string, lengthMax: number): boolean {
  return text.length <= lengthMax && text.isWellFormed() && !controlCharacter.test(text);
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** The beginning of a text, at most `lengthMax` UTF-16 units, never cut inside a grapheme. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  if (text.charCodeAt(lengthMax - 1) < 0x300 && text.charCodeAt(lengthMax) < 0x300) {
    return text.slice(0, lengthMax); // no combining mark, joiner or surrogate near the cut
  }
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(0, lengthMax + 64))) {
    if (index + segment.length > lengthMax) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The beginning of a text on one line, without leading and trailing blanks. Never longer than
 * `lengthMax`, and never cut inside a grapheme, unless the first grapheme alone is longer.
 */
export function beginningOf(text: string, lengthMax: number): string {
  // More than is shown: cutting looks at the characters after the cut.
  const enough = text.trimStart().slice(0, 4 * lengthMax + 64);
  const line = enough.toWellFormed().replace(controlCharacters, ' ').trim();
  const cut = cutText(line, lengthMax);
  if (cut !== '') return cut;
  const half = line.slice(0, lengthMax);
  return half.isWellFormed() ? half : half.slice(0, -1);
}

// oxlint-disable-next-line no-control-regex -- a title is one line of plain text
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/**
 * The beginning of a text on one line, with single spaces. Empty if the first grapheme alone is
 * longer than `lengthMax`.
 */
export function lineOf(text: string, lengthMax: number): string {
  const enough = text.length > 4 * lengthMax ? text.slice(0, 4 * lengthMax) : text;
  const line = untidy.test(enough) ? enough.replace(gaps, ' ') : enough;
  return cutText(line.trim().toWellFormed(), lengthMax);
}

// oxlint-disable-next-line no-control-regex -- as above
const gaps = /[\s\u0000-\u001f\u007f-\u009f]+/g;
/**
 * Whether replacing would change anything. Most texts have only single spaces; finding that out
 * takes a third of the time of replacing each of them, on every append.
 */
// oxlint-disable-next-line no-control-regex -- as above
const untidy = /[^\S ]|[\u0000-\u001f\u007f-\u009f]| {2}/;
