import type { Chunk } from '../runs/responder.ts';

/** What stands in the place of a name. */
export const scrubbed = '[model]';

/**
 * Takes the names of models out of the texts of an answer as they stream, also where a name is cut over several
 * chunks: the end of a text that may be the beginning of a name waits for what follows.
 *
 * Looked for are the names as they are configured, and what stands behind the provider in them, whatever the case.
 * One that is nothing but letters may be any word, and stays.
 */
export class NameScrubber {
  readonly #names: readonly string[];
  readonly #waiting = new Map<string, string>();

  constructor(names: readonly string[]) {
    const variants = names.flatMap((name) => [name, shortName(name)]);
    this.#names = variants
      .filter((name) => name.length > 1 && !/^\p{L}*$/u.test(name))
      .map(lowerCase)
      .toSorted((a, b) => b.length - a.length);
  }

  /** What is told in place of a chunk. */
  take(chunk: Chunk): Chunk[] {
    const { type, id } = chunk;
    if (this.#names.length === 0 || typeof id !== 'string') return [chunk];
    const kind = type.slice(0, type.lastIndexOf('-'));
    if (kind !== 'text' && kind !== 'reasoning') return [chunk];
    const key = `${kind} ${id}`;
    const before = this.#waiting.get(key) ?? '';
    if (type.endsWith('-delta') && typeof chunk.delta === 'string') {
      const { told, rest } = this.#scrub(before + chunk.delta, false);
      this.#waiting.set(key, rest);
      return told === '' ? [] : [{ ...chunk, delta: told }];
    }
    if (!type.endsWith('-end') || before === '') return [chunk];
    this.#waiting.delete(key);
    return [{ type: `${kind}-delta`, id, delta: this.#scrub(before, true).told }, chunk];
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

/** What stands behind the provider in a model's name, or all of it. */
export function shortName(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** Of ASCII alone, so that every character keeps its place in the text. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
