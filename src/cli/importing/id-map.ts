import { parseItemId } from '../../shared/ids.ts';

/**
 * Maps the item ids of a file to the new ids, for one thread. Both are UUIDs that rise in the order
 * of the log, so they are kept as two sorted lists of 16 bytes each and found by bisection: a
 * thread of a million items takes 32 MB, where a `Map` of texts takes five times as much.
 */
export class IdMap {
  #originals = Buffer.alloc(bytesPerId * 64);
  #copies = Buffer.alloc(bytesPerId * 64);
  #count = 0;

  /** Returns what is wrong with `original`, or `undefined` if it was added. */
  add(original: string, copy: string): string | undefined {
    if (parseItemId(original) === undefined) return 'must be an item id';
    const bytes = bytesOf(original);
    const end = this.#count * bytesPerId;
    if (
      this.#count > 0 &&
      this.#originals.compare(bytes, 0, bytesPerId, end - bytesPerId, end) >= 0
    ) {
      return 'must be greater than the id of the item before it';
    }
    if (end === this.#originals.length) this.#grow();
    bytes.copy(this.#originals, end);
    bytesOf(copy).copy(this.#copies, end);
    this.#count++;
    return undefined;
  }

  get(original: string): string | undefined {
    if (parseItemId(original) === undefined) return undefined;
    const bytes = bytesOf(original);
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = middle * bytesPerId;
      const order = this.#originals.compare(bytes, 0, bytesPerId, at, at + bytesPerId);
      if (order === 0) return textOf(this.#copies.subarray(at, at + bytesPerId));
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #grow(): void {
    const room = Buffer.alloc(this.#originals.length);
    this.#originals = Buffer.concat([this.#originals, room]);
    this.#copies = Buffer.concat([this.#copies, room]);
  }
}

const bytesPerId = 16;

function bytesOf(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function textOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ];
  return groups.join('-');
}
