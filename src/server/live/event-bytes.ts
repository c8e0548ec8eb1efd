import { jsonEqual, type JsonValue } from '../../shared/json.ts';

/** The text of an event, or its bytes if they are shared already (`encodeOnce`). */
export type EncodeEvent<Event> = (event: Event) => string | Uint8Array;

interface Encoded {
  readonly event: JsonValue;
  readonly encode: unknown;
  readonly bytes: Uint8Array;
}

/**
 * The newest events of live tails as bytes, so that an event is encoded once for all readers who
 * see the same, and held in memory once. What two readers see under one cursor may differ, so what
 * is found under a cursor is compared.
 */
export class EventBytes {
  readonly #bytesMax: number;
  readonly #recent = new Map<string, readonly Encoded[]>();
  #bytes = 0;

  constructor(bytesMax: number = recentBytesMax) {
    this.#bytesMax = bytesMax;
  }

  of<Event>(event: Event, encode: EncodeEvent<Event>): Uint8Array {
    const cursor = cursorOf(event);
    if (cursor === undefined) return bytesOf(encode(event));
    const known = this.#recent.get(cursor) ?? [];
    const json = event as JsonValue; // that is what is sent of it
    const same = known.find((one) => one.encode === encode && jsonEqual(one.event, json));
    if (same) return same.bytes;
    const bytes = bytesOf(encode(event));
    this.#recent.set(cursor, [...known, { event: json, encode, bytes }]);
    this.#bytes += bytes.byteLength;
    this.#forget(cursor);
    return bytes;
  }

  /** Forgets the oldest events, down to the limit. */
  #forget(newest: string): void {
    for (const [cursor, encoded] of this.#recent) {
      if (this.#bytes <= this.#bytesMax || cursor === newest) return;
      this.#recent.delete(cursor);
      for (const { bytes } of encoded) this.#bytes -= bytes.byteLength;
    }
  }
}

const recentBytesMax = 16 * 1024 * 1024;
const encoder = new TextEncoder();

function bytesOf(encoded: string | Uint8Array): Uint8Array {
  return typeof encoded === 'string' ? encoder.encode(encoded) : encoded;
}

/** Events without a cursor are not compared with those of others. */
function cursorOf(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('cursor' in event)) return undefined;
  return typeof event.cursor === 'string' ? event.cursor : undefined;
}
