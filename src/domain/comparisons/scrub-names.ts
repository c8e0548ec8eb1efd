import { isPlainObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import type { Chunk } from '../../api/responder.ts';

/** What stands in the place of a name. */
const scrubbed = '[model]';

/**
 * Takes the names of models out of an answer as it streams: out of every string of a chunk, the keys of its objects
 * among them, and out of texts also where a name is cut over several chunks: the end of a text that may be the
 * beginning of a name waits for what follows.
 *
 * Looked for are the names as they are configured, and what stands behind the provider in them, whatever the case.
 * One that is nothing but letters may be any word, and stays. So the fields of a chunk keep their names.
 */
export class NameScrubber {
  readonly #names: readonly string[];
  /** Any of the names, the longest first. */
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

  /** What is told in place of a chunk. */
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
    // What a source gives besides JSON is refused where it is stored.
    return isPlainObject(value) ? this.#cleanObject(value as JsonObject) : value; // no array, by the line above
  }

  /** Of keys that become the same one, the last one stays. */
  #cleanObject(object: JsonObject): JsonObject {
    const entries = Object.entries(object);
    return Object.fromEntries(
      entries.map(([key, value]) => [this.#cleanText(key), this.#clean(value)]),
    );
  }

  #cleanText(text: string): string {
    // The bytes of a file are no words: what looks like a name in them is none, and changing it breaks the file.
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

/** How the address begins that holds a file. */
const base64Head = /^data:[^,]*;base64,/i;

/** What stands behind the provider in a model's name, or all of it. */
export function shortName(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** Of ASCII alone, so that every character keeps its place in the text. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
