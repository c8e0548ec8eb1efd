import { sha256 } from '../../shared/bytes.ts';
import type { Entry } from '../cursors/row-cursor.ts';

/** Identifies a list of rows: lists with the same digest have the same rows in the same order. */
export interface Digest {
  readonly rows: number;
  readonly digest: string;
}

/** The digest of a sequence of rows, of which only a bounded part is in memory. */
export class RowDigest {
  rows = 0;
  #state = '';
  #waiting: string[] = [];
  #characters = 0;

  async add(table: string, { text }: Pick<Entry, 'text'>): Promise<void> {
    // JSON text contains no line breaks, so different lists of rows give different texts.
    this.#waiting.push(`${table} ${text}\n`);
    this.#characters += text.length;
    this.rows++;
    if (this.#characters >= foldCharacters) await this.#fold();
  }

  async end(): Promise<Digest> {
    if (this.#waiting.length > 0 || this.rows === 0) await this.#fold();
    return { rows: this.rows, digest: this.#state };
  }

  async #fold(): Promise<void> {
    this.#state = await sha256(`${this.#state}\n${this.#waiting.join('')}`);
    this.#waiting = [];
    this.#characters = 0;
  }
}

const foldCharacters = 256 * 1024;
