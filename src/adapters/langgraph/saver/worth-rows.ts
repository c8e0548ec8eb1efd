/**
 * Decides which lists are kept element by element. Every new element takes a row, which costs more
 * than a short element: a list of numbers, such as a vector, or of short texts is cheaper to
 * rewrite as a whole.
 */

/** In characters. Elements with a shorter text on average are not worth a row each. */
const meanLengthMin = 64;
/** The most that one element can count: a few long texts do not make many short ones worth it. */
const lengthMax = 128;
/** The approximate length of a number. */
const scalarLength = 8;

export function areWorthRows(elements: readonly unknown[]): boolean {
  return isLongEnough(elements, lengthOf);
}

/** The same decision for elements that are JSON texts. */
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

/** An object counts as long, whatever it holds: most are messages, and lists of messages grow. */
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
