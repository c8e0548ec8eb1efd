import type { Item, Part } from '../../api/item.ts';
import { utf8Length } from '../../shared/bytes.ts';
import { isObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { isToolPart } from '../../shared/parts.ts';
import { isFile, weighItem, weighPart, weighValue } from './item-weight.ts';

/**
 * An item that a model's window has no room for, in about `bytesMax` bytes: first its outputs of
 * tools and its data are cut, then its texts, and then its files become notes. Notes say what is
 * left out. Calls keep their ids, names and states, so that pairs stay pairs.
 */
export function shortenItem(item: Item, bytesMax: number): Item {
  let parts = item.parts;
  for (const step of [cutData, cutText, noteFile]) {
    if (weighParts(parts) <= bytesMax) break;
    parts = shorten(parts, step, bytesMax);
  }
  return parts === item.parts ? item : { ...item, parts };
}

function weighParts(parts: readonly Part[]): number {
  return weighItem({ parts } as Item); // it weighs only parts
}

type Step = (part: Part, bytesMax: number) => Part;

/** Each of the parts that a step can cut gets an equal share of what the others leave. */
function shorten(parts: readonly Part[], step: Step, bytesMax: number): readonly Part[] {
  const cut = parts.map((part) => step(part, 0));
  const fixed = weighParts(cut);
  const count = cut.filter((part, i) => part !== parts[i]).length;
  if (count === 0) return parts;
  const share = Math.max(0, Math.floor((bytesMax - fixed) / count));
  return parts.map((part, i) => (cut[i] === part ? part : step(part, share)));
}

/** They are short, and the model reads the name. */
const mentionFields = ['type', 'userId', 'name'];
const toolFields = ['output', 'result', 'rawInput'] as const;

/** The outputs of tools, the data of an application, and what is of no known kind. */
const cutData: Step = (part, bytesMax) => {
  if (part.type === 'text' || part.type === 'reasoning' || isFile(part)) return part;
  const isTool = isToolPart(part);
  const kept = part.type === 'mention' ? mentionFields : ['type'];
  const fields = isTool ? toolFields : Object.keys(part).filter((field) => !kept.includes(field));
  const big = fields.filter((field) => weighValue(part[field]) > Math.max(bytesMax, dataMin));
  if (big.length === 0) return part;
  const share = Math.floor(bytesMax / big.length);
  const cut = big.map((field) => [field, cutValue(part[field]!, share)] as const);
  return { ...part, ...Object.fromEntries(cut) };
};

/** Less is not worth a note. */
const dataMin = 300;

const noteFile: Step = (part, bytesMax) => {
  if (!isFile(part) || weighPart(part) <= bytesMax) return part;
  const named = [part.filename, part.mediaType].filter((value) => typeof value === 'string');
  const text = `[A file (${named.join(', ')}) was here. The conversation has no room for it.]`;
  return { type: 'text', text };
};

const cutText: Step = (part, bytesMax) => {
  const { text } = part;
  if (typeof text !== 'string' || utf8Length(text) <= Math.max(bytesMax, dataMin)) return part;
  const { providerMetadata: _signature, ...rest } = part; // it would vouch for the whole text
  return { ...rest, type: part.type, text: cutMiddle(text, bytesMax) };
};

/** The beginning and the end of a text, with a note in between. */
function cutMiddle(text: string, bytesMax: number): string {
  const kept = Math.floor((bytesMax * text.length) / utf8Length(text));
  const head = wholeUntil(text, Math.floor((kept * 3) / 4));
  const tail = wholeFrom(text, text.length - Math.floor(kept / 4));
  const left = text.length - head.length - tail.length;
  return `${head}\n[${left} characters are left out here.]\n${tail}`;
}

/** Never half of a surrogate pair. */
function wholeUntil(text: string, end: number): string {
  const isHalf = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return text.slice(0, isHalf ? end - 1 : end);
}

function wholeFrom(text: string, start: number): string {
  const isHalf = /[\uDC00-\uDFFF]/.test(text.charAt(start));
  return text.slice(isHalf ? start + 1 : start);
}

/** JSON of the same shape with less in it: the first elements and fields, and long texts cut. */
function cutValue(value: JsonValue, bytesMax: number): JsonValue {
  if (typeof value === 'string') {
    return utf8Length(value) > Math.max(bytesMax, dataMin) ? cutMiddle(value, bytesMax) : value;
  }
  if (Array.isArray(value)) return cutArray(value, bytesMax);
  return isObject(value) ? cutObject(value, bytesMax) : value;
}

function cutArray(values: readonly JsonValue[], bytesMax: number): JsonValue {
  const kept: JsonValue[] = [];
  let left = bytesMax;
  for (const [i, value] of values.entries()) {
    const weight = weighValue(value);
    if (weight > left) {
      const isFirst = i === 0 && left > dataMin;
      if (isFirst) kept.push(cutValue(value, left));
      return [...kept, `[${values.length - kept.length} more are left out here.]`];
    }
    left -= weight + 1;
    kept.push(value);
  }
  return kept;
}

function cutObject(value: JsonObject, bytesMax: number): JsonObject {
  const entries = Object.entries(value);
  const weights = entries.map(([, inner]) => weighValue(inner));
  const small = weights.filter((weight) => weight <= dataMin);
  const sum = small.reduce((total, weight) => total + weight, 0);
  // Small fields say what the large ones are, so they stay, unless there are too many of them.
  if (sum > Math.max(bytesMax, dataMin * fieldsMin)) {
    return { note: `[${entries.length} fields are left out here.]` };
  }
  const share = Math.floor(
    Math.max(0, bytesMax - sum) / Math.max(1, entries.length - small.length),
  );
  return Object.fromEntries(
    entries.map(([key, inner], i) => [
      key,
      weights[i]! <= dataMin ? inner : cutValue(inner, share),
    ]),
  );
}

const fieldsMin = 10;
