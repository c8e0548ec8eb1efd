import type { Chunk } from '../../../api/responder.ts';
import { isObject, type JsonObject } from '../../../shared/json.ts';
import { mergeMetadata } from '../../../shared/merge-metadata.ts';
import type { CatchUp } from './catch-up.ts';

/** What a client has of the message before the answer is sent to it. */
interface Beginning {
  readonly metadata: JsonObject;
  /** What it needs first. */
  readonly catchUp: CatchUp;
}

/**
 * What a client gets of an answer. A page cannot take back a message or a step that it has begun:
 * so chunks that show nothing yet wait until one comes that does, and the last ones until it is
 * known what the store has kept.
 */
export class SentAnswer {
  /** The message's metadata as the client has it. */
  metadata: JsonObject;
  /** Whether it has got a chunk that shows something. */
  hasShown = false;
  readonly #added: JsonObject;
  #waiting: Chunk[];
  #last: Chunk[] = [];
  #skipsStep: boolean;

  /** `added` is metadata of the message that its chunks do not have. */
  constructor(added: JsonObject, beginning?: Beginning) {
    this.#added = added;
    this.metadata = beginning?.metadata ?? {};
    this.#waiting = [...(beginning?.catchUp.chunks ?? [])];
    this.#skipsStep = beginning?.catchUp.hasBegunStep ?? false;
  }

  /** The chunks that can be sent now. */
  take(chunk: Chunk): readonly Chunk[] {
    if (chunk.type === 'start-step' && this.#skipsStep) {
      this.#skipsStep = false;
    } else if (lastOnes.has(chunk.type)) {
      this.#last.push(chunk);
    } else if (announcements.has(chunk.type)) {
      this.#waiting.push(chunk.type === 'start' ? this.#withAdded(chunk) : chunk);
    } else if (chunk.transient === true) {
      return [chunk]; // no message keeps it
    } else {
      this.hasShown = true;
      return this.sent([...this.waiting(), chunk]);
    }
    return [];
  }

  /** What waits, and no longer does. */
  waiting(): readonly Chunk[] {
    return this.#waiting.splice(0);
  }

  /** The chunks that tell how the answer ended. */
  last(): readonly Chunk[] {
    return this.#last.splice(0);
  }

  /** Notes what the client has got. */
  sent(chunks: readonly Chunk[]): readonly Chunk[] {
    for (const { messageMetadata } of chunks) {
      if (isObject(messageMetadata)) this.metadata = mergeMetadata(this.metadata, messageMetadata);
    }
    return chunks;
  }

  #withAdded(chunk: Chunk): Chunk {
    if (Object.keys(this.#added).length === 0) return chunk;
    const { messageMetadata } = chunk;
    const own = isObject(messageMetadata) ? messageMetadata : {};
    return { ...chunk, messageMetadata: { ...own, ...this.#added } };
  }
}

const announcements: ReadonlySet<string> = new Set([
  'start',
  'start-step',
  'finish-step',
  'text-start',
  'reasoning-start',
  'message-metadata',
]);

const lastOnes: ReadonlySet<string> = new Set(['finish', 'error', 'abort']);
