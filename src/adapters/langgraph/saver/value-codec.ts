import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import type { MessageChannel, NewValue, Packed, StoredValue } from '../../../store/index.ts';
import { ElementCache, type KnownList } from './element-cache.ts';
import { traceOf, type Trace } from './element-trace.ts';
import { messageMark, toMessageItem } from './message-item.ts';
import { decodeUtf8, pack, packText, textOf, unpack } from './pack.ts';
import { Reviver, type Revived } from './revive.ts';
import type { SaverThread } from './saver-thread.ts';
import { joinList, splitList } from './split-list.ts';

/** Lists this short are kept whole where their text is short, too. */
const smallListLengthMax = 8;
const smallTextLengthMax = 256;

export interface ValueCodecOptions {
  /** The serializer is LangGraph's own. */
  readonly isDefault: boolean;
  /** The channel whose list is always kept element by element. */
  readonly messagesChannel: string | false;
}

/** A value in the form that the store keeps, and what can be learned once it does. */
export interface EncodedValue {
  readonly value: NewValue;
  /** Takes the ids that the store has given the elements of a list. */
  readonly learn?: (ids: readonly number[], epoch: number) => void;
}

interface FreshElement {
  readonly i: number;
  readonly element: unknown;
  readonly trace: Trace;
  readonly packing: Promise<Packed>;
}

/**
 * Brings the values of channels into the form that the store keeps, and back.
 *
 * LangGraph's own serializer makes of a list the texts of its elements, each of which depends on nothing but the
 * element. So elements that are known to be stored are not serialized again, as long as they are unchanged
 * (`element-trace.ts`). With any other serializer, or other elements, the whole list is serialized every time,
 * and its text cut at the elements' ends.
 */
export class ValueCodec {
  readonly #serde: SerializerProtocol;
  readonly #options: ValueCodecOptions;
  readonly #cache = new ElementCache();
  readonly #reviver: Reviver;

  constructor(serde: SerializerProtocol, options: ValueCodecOptions) {
    this.#serde = serde;
    this.#options = options;
    this.#reviver = new Reviver(serde);
  }

  /** How the store shows the messages of a checkpoint. */
  get messages(): MessageChannel | undefined {
    const channel = this.#options.messagesChannel;
    if (channel === false) return undefined;
    return { channel, mark: messageMark, toItem: toMessageItem };
  }

  /** The epoch of the elements of a thread that are known. */
  epochOf({ key }: SaverThread): number {
    return this.#cache.thread(key).epoch;
  }

  /**
   * The serializer runs before this returns, so that what happens to the value later changes nothing. With
   * `isWhole` nothing counts as known.
   */
  async encode(
    thread: SaverThread,
    channel: string,
    value: unknown,
    isWhole: boolean,
  ): Promise<EncodedValue> {
    const known = Array.isArray(value)
      ? this.#encodeList(thread, channel, value, isWhole)
      : undefined;
    if (known !== undefined) return known;
    const [type, data] = await this.#serde.dumpsTyped(value);
    const text = type === 'json' && Array.isArray(value) ? decodeUtf8(data) : undefined;
    const elements = text === undefined ? undefined : splitList(text);
    const isKeptWhole =
      elements === undefined ||
      (channel !== this.#options.messagesChannel && isSmall(text ?? '', elements));
    if (isKeptWhole) return { value: { kind: 'whole', value: pack(type, data) } };
    return {
      value: { kind: 'list', elements: elements.map((element) => packText('json', element)) },
    };
  }

  /** `undefined` for a list that has to be serialized as a whole. */
  #encodeList(
    thread: SaverThread,
    channel: string,
    list: readonly unknown[],
    isWhole: boolean,
  ): Promise<EncodedValue> | undefined {
    const isLong = list.length > smallListLengthMax || channel === this.#options.messagesChannel;
    if (!this.#options.isDefault || !isLong || 'toJSON' in list) return undefined;
    const { lists } = this.#cache.thread(thread.key);
    const known = isWhole ? undefined : lists.get(channel);
    const ids: (number | undefined)[] = [];
    const fresh: FreshElement[] = [];
    for (const [i, element] of list.entries()) {
      const id = known && this.#cache.find(known, element);
      ids.push(id);
      if (id !== undefined) continue;
      const trace = traceOf(element);
      if (trace === undefined) return undefined;
      fresh.push({ i, element, trace, packing: this.pack(element) });
    }
    return this.#finishList(thread, channel, ids, fresh);
  }

  async #finishList(
    thread: SaverThread,
    channel: string,
    known: readonly (number | undefined)[],
    fresh: readonly FreshElement[],
  ): Promise<EncodedValue> {
    const packed = (await Promise.all(fresh.map(({ packing }) => packing))).values();
    return {
      // There is a packed element for each that is not known.
      value: { kind: 'list', elements: known.map((id) => id ?? packed.next().value!) },
      learn: (ids, epoch) => {
        const place = this.#cache.open(this.#cache.thread(thread.key), channel, epoch);
        for (const { i, element, trace } of fresh) {
          if (place) this.#cache.remember(place, element, ids[i]!, trace); // there is an id for each
        }
      },
    };
  }

  async pack(value: unknown): Promise<Packed> {
    return pack(...(await this.#serde.dumpsTyped(value)));
  }

  async unpack(packed: Packed): Promise<unknown> {
    if (this.#options.isDefault && packed.json !== undefined) {
      return (await this.#reviver.revive(packed.json)).value;
    }
    return unpack(this.#serde, packed);
  }

  /** With `isLearning` what is read is known when it is put again; that costs about as much as reading it. */
  async decode(
    thread: SaverThread,
    channel: string,
    value: StoredValue,
    epoch: number,
    isLearning = true,
  ): Promise<unknown> {
    if (value.kind === 'whole') return this.unpack(value.value);
    const { elements, ids } = value;
    if (!this.#options.isDefault) {
      return this.unpack({ text: joinList(elements.map((element) => textOf(element) ?? '')) });
    }
    const place = isLearning
      ? this.#cache.open(this.#cache.thread(thread.key), channel, epoch)
      : undefined;
    const list: unknown[] = [];
    for (const [i, element] of elements.entries()) {
      const { json } = element;
      const revived = json === undefined ? undefined : this.#reviver.tryRevive(json);
      if (revived === undefined) list.push(await this.unpack(element));
      else list.push(this.#learn(place, revived, ids[i]!)); // there is an id for each
    }
    return list;
  }

  /** An element that was read is known, if it is sure what it was made of. */
  #learn(place: KnownList | undefined, { value, isExact }: Revived, id: number): unknown {
    const trace = place && isExact ? traceOf(value) : undefined;
    if (place && trace) this.#cache.remember(place, value, id, trace);
    return value;
  }
}

function isSmall(text: string, elements: readonly string[]): boolean {
  return elements.length <= smallListLengthMax && text.length <= smallTextLengthMax;
}
