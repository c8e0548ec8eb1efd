import { jsonDepthMax, type JsonValue } from '../../shared/json.ts';

/**
 * The value of a JSON text that may be cut off anywhere: open containers and strings are closed,
 * incomplete pieces (a key without a value, a number that ends in its sign, half an escape) are
 * dropped, and a begun literal is completed. `undefined` if there is no value yet, the text is not
 * JSON, or the value is nested too deeply to be stored.
 */
export function parsePartialJson(text: string): JsonValue | undefined {
  const complete = completeJson(text);
  return complete === undefined ? undefined : (tryParse(text) ?? tryParse(complete));
}

/** The item around the value needs a few levels, too. */
const depthMax = jsonDepthMax - 4;

function tryParse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // JSON.parse gives JSON
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * A position up to which the text is complete once its open containers are closed, and the ending
 * that closes them.
 */
interface Cut {
  readonly end: number;
  readonly ending: string;
}

/** One pass over the text; `cut` advances with every complete piece. */
function completeJson(text: string): string | undefined {
  const closers: string[] = [];
  let cut: Cut = { end: 0, ending: '' };
  let isKeyNext = false;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') {
      const { end, whole, isClosed } = scanText(text, at);
      if (!isKeyNext) cut = { end: whole, ending: isClosed ? '' : '"' };
      at = end;
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      if (closers.length > depthMax) return undefined;
      isKeyNext = char === '{';
      at += 1;
      cut = { end: at, ending: '' };
    } else if (char === '}' || char === ']') {
      closers.pop();
      at += 1;
      cut = { end: at, ending: '' };
    } else if (between.has(char)) {
      if (char === ',') isKeyNext = closers.at(-1) === '}';
      if (char === ':') isKeyNext = false;
      at += 1;
    } else {
      const end = endOfScalar(text, at);
      cut = cutScalar(text.slice(at, end), at) ?? cut;
      at = end;
    }
  }
  return text.slice(0, cut.end) + cut.ending + closers.toReversed().join('');
}

const between: ReadonlySet<string> = new Set([',', ':', ' ', '\n', '\r', '\t']);

/** `whole` is the end of the last character that is not half an escape. */
function scanText(text: string, start: number): { end: number; whole: number; isClosed: boolean } {
  let at = start + 1;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') return { end: at + 1, whole: at + 1, isClosed: true };
    const length = char !== '\\' ? 1 : text.charAt(at + 1) === 'u' ? 6 : 2;
    if (at + length > text.length) break;
    at += length;
  }
  return { end: text.length, whole: at, isClosed: false };
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && !between.has(text.charAt(at)) && !'"{}[]'.includes(text.charAt(at))) {
    at += 1;
  }
  return at;
}

function cutScalar(scalar: string, start: number): Cut | undefined {
  const literal = ['true', 'false', 'null'].find((whole) => whole.startsWith(scalar));
  if (literal !== undefined) {
    return { end: start + scalar.length, ending: literal.slice(scalar.length) };
  }
  // A number is complete up to the last digit that needs nothing more.
  const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(scalar);
  return number === null ? undefined : { end: start + number[0].length, ending: '' };
}
