/**
 * Which lists are kept element by element. Every element that is new takes a row, which costs more than a short
 * element does: of a list of numbers, such as a vector, or of short texts, the whole is written again for less.
 */

/** Elements that are shorter than this on the mean, as text, are not worth a row each. */
const meanLengthMin = 64;
/** What one element can count for: a few long texts do not make many short ones worth it. */
const lengthMax = 128;
/** About the length of a number. */
const scalarLength = 8;

export function areWorthRows(elements: readonly unknown[]): boolean {
  return isLongEnough(elements, lengthOf);
}

/** Likewise for elements that are JSON texts. */
export function areTextsWorthRows(texts: readonly string[]): boolean {
  return isLongEnough(texts, (text) => (text.startsWith('{') ? lengthMax : text.length));
}

function isLongEnough<T>(elements: readonly T[], lengthOfElement: (element: T) => number): boolean {
  let missing = meanLengthMin * elements.length;
  for (const element of elements) {
    missing -= Math.min(lengthOfElement(element), lengthMax);
    if (missing <= 0) return true;
  }
  return false;
}

/** An object counts as long, whatever it holds: they are messages, mostly, and lists of them grow. */
function lengthOf(element: unknown): number {
  if (typeof element === 'string') return element.length;
  if (typeof element !== 'object' || element === null) return scalarLength;
  if (!Array.isArray(element)) return lengthMax;
  const list: readonly unknown[] = element;
  let length = 0;
  for (const inner of list) {
    if ((length += lengthOf(inner)) >= lengthMax) break;
  }
  return length;
}
