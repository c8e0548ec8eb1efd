import { isPlainObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import type { Chunk } from '../../api/responder.ts';

/** The replacement for a name. */
const scrubbed = '[model]';

/**
 * Removes the names of models from a streaming answer: from every string of a chunk, including the
 * keys of objects, and from texts even if a name is split over several chunks: the end of a text
 * that may begin a name is held back until the next chunk.
 *
 * It looks for the names as configured and for their part after the provider, in any case. A name
 * of letters only may be an ordinary word, so it stays; hence the fields of a chunk keep their
 * names.
 */
export class NameScrubber {
  readonly #names: readonly string[];
  /** Matches any of the names, the longest first. */
  readonly #anyName: RegExp;
  readonly #waiting = new Map<string, string>();

  constructor(names: readonly string[]) {
    const variants = names.flatMap((name) => [name, shortName(name)]);
    this.#names = variants
      .filter((name) => name.length > 1 && !/^\p{L}*$/u.test(name))
      .map(lowerCase)
      .toSorted((a, b) => b.length - a.length);
    this.#anyName = new RegExp(this.#names.map(escaped).join('|'), 'gi');
  }

  /** What replaces a chunk. */
  take(chunk: Chunk): Chunk[] {
    if (this.#names.length === 0) return [chunk];
    const { type, id } = chunk;
    const kind = type.slice(0, type.lastIndexOf('-'));
    const isOfText = kind === 'text' || kind === 'reasoning';
    if (!isOfText || typeof id !== 'string') return [this.#cleanChunk(chunk)];
    const key = `${kind} ${id}`;
    const before = this.#waiting.get(key) ?? '';
    if (type.endsWith('-delta') && typeof chunk.delta === 'string') {
      const { told, rest } = this.#scrub(before + chunk.delta, false);
      this.#waiting.set(key, rest);
      return told === '' ? [] : [{ ...this.#cleanChunk({ ...chunk, delta: '' }), delta: told }];
    }
    const clean = this.#cleanChunk(chunk);
    if (!type.endsWith('-end') || before === '') return [clean];
    this.#waiting.delete(key);
    const last = { type: `${kind}-delta`, id: this.#cleanText(id) };
    return [{ ...last, delta: this.#scrub(before, true).told }, clean];
  }

  #cleanChunk(chunk: Chunk): Chunk {
    return this.#cleanObject(chunk) as Chunk; // it has a type still, under a key of letters
  }

  #clean(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.#cleanText(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((inner: JsonValue) => this.#clean(inner));
    // It is not an array. Values that are not JSON are rejected when they are stored.
    return isPlainObject(value) ? this.#cleanObject(value as JsonObject) : value;
  }

  /** If keys become equal, the last one wins. */
  #cleanObject(object: JsonObject): JsonObject {
    const entries = Object.entries(object);
    return Object.fromEntries(
      entries.map(([key, value]) => [this.#cleanText(key), this.#clean(value)]),
    );
  }

  #cleanText(text: string): string {
    // A file's bytes are not words: a match in them is no name, and changing it would corrupt the
    // file.
    const end = base64Head.exec(text)?.[0].length ?? text.length;
    return text.slice(0, end).replace(this.#anyName, scrubbed) + text.slice(end);
  }

  #scrub(text: string, isEnd: boolean): { told: string; rest: string } {
    const lower = lowerCase(text);
    let told = '';
    for (let at = 0; at < text.length;) {
      const tail = lower.slice(at);
      const mayGoOn = !isEnd && this.#names.some((name) => name !== tail && name.startsWith(tail));
      if (mayGoOn) return { told, rest: text.slice(at) };
      const name = this.#names.find((candidate) => lower.startsWith(candidate, at));
      told += name === undefined ? text[at] : scrubbed;
      at += name?.length ?? 1;
    }
    return { told, rest: '' };
  }
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** The beginning of the address of an inline file. */
const base64Head = /^data:[^,]*;base64,/i;

/** The part of a model's name after the provider, or all of it. */
export function shortName(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** Changes only ASCII, so that every character keeps its position in the text. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
