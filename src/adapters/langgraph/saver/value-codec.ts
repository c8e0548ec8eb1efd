import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import type { MessageChannel, NewValue, Packed, StoredValue } from '../../../store/index.ts';
import { ElementCache, hashOfText, type KnownList } from './element-cache.ts';
import { traceOf, type Trace } from './element-trace.ts';
import { messageMark, toMessageItem } from './message-item.ts';
import { decodeUtf8, pack, packText, packedText, unpack } from './pack.ts';
import { Reviver, type Revived } from './revive.ts';
import type { SaverThread } from './saver-thread.ts';
import { channelName, lossError, lossMark } from './serializing-loss.ts';
import { joinList, splitList } from './split-list.ts';
import { areTextsWorthRows, areWorthRows } from './worth-rows.ts';

/** Lists this short are kept whole if their text is short, too. */
const smallListLengthMax = 8;
const smallTextLengthMax = 256;
/** The serializer's replacement for a value that contains itself. */
const circularMark = '"[Circular]"';

interface ValueCodecOptions {
  /** The serializer is LangGraph's own. */
  readonly isDefault: boolean;
  /** The channel whose list is always kept element by element. */
  readonly messagesChannel: string | false;
  /** See `SkeinSaverOptions`. */
  readonly keepRemovedMessages: boolean;
}

/** A value in the store's form, and what can be learned once it is stored. */
export interface EncodedValue {
  readonly value: NewValue;
  /** Takes the ids that the store has given to the elements of a list. */
  readonly learn?: (ids: readonly number[], epoch: number) => void;
  /** The value without any known elements; absent if that makes no difference. */
  readonly toWhole?: () => Promise<EncodedValue>;
}

/** A list that is encoded element by element. */
interface OpenList {
  readonly thread: SaverThread;
  readonly channel: string;
  readonly list: readonly unknown[];
  /** A copy: the list may change. */
  readonly elements: readonly unknown[];
  /** What is known of the channel's elements. */
  readonly known: KnownList | undefined;
  /** The ids of the known elements. */
  readonly ids: readonly (number | undefined)[];
  /** The unknown elements. */
  readonly fresh: readonly FreshElement[];
}

interface FreshElement {
  readonly i: number;
  readonly element: unknown;
  /** `undefined` if it can have none, so that it is serialized every time. */
  readonly trace: Trace | undefined;
  /** `undefined` if the serializer represents it differently in its list. */
  readonly text: Promise<string | undefined>;
}

/** The value of a channel, and the epoch of the ids in it. */
interface StoredChannel {
  readonly channel: string;
  readonly value: StoredValue;
  readonly epoch: number;
}

/**
 * Brings the values of channels into the store's form, and back.
 *
 * LangGraph's own serializer turns a list into the texts of its elements, each of which depends
 * only on the element. So elements that are known to be stored are not serialized again, as long as
 * they are unchanged (`element-trace.ts`). Elements whose state cannot be told, and new objects
 * that may equal others, are recognised by their texts. With any other serializer the whole list is
 * serialized every time, and its text is cut at the elements' ends.
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
    const { messagesChannel: channel, keepRemovedMessages: keepsRemoved } = this.#options;
    if (channel === false) return undefined;
    return { channel, mark: messageMark, toItem: toMessageItem, keepsRemoved };
  }

  /** The epoch of the known elements of a thread. */
  epochOf({ key }: SaverThread): number {
    return this.#cache.thread(key).epoch;
  }

  /** The serializer runs before this returns, so that later changes of the value have no effect. */
  async encode(thread: SaverThread, channel: string, value: unknown): Promise<EncodedValue> {
    const list = Array.isArray(value) ? this.#openList(thread, channel, value) : undefined;
    return list === undefined ? this.#encodeWhole(channel, value) : this.#encodeList(list);
  }

  async #encodeWhole(channel: string, value: unknown): Promise<EncodedValue> {
    const [type, data] = await this.#dump(value, channelName(channel));
    const text = type === 'json' && Array.isArray(value) ? decodeUtf8(data) : undefined;
    const elements = text === undefined ? undefined : splitList(text);
    const isKeptWhole =
      elements === undefined ||
      (channel !== this.#options.messagesChannel &&
        (isSmall(text ?? '', elements) || !areTextsWorthRows(elements)));
    if (isKeptWhole) return { value: { kind: 'whole', value: pack(type, data) } };
    return {
      value: { kind: 'list', elements: elements.map((element) => packText('json', element)) },
    };
  }

  /** `undefined` for a list that must be serialized as a whole. */
  #openList(thread: SaverThread, channel: string, list: readonly unknown[]): OpenList | undefined {
    const isCut =
      channel === this.#options.messagesChannel ||
      (list.length > smallListLengthMax && areWorthRows(list));
    if (!this.#options.isDefault || !isCut || 'toJSON' in list) return undefined;
    const known = this.#cache.thread(thread.key).lists.get(channel);
    const elements = [...list];
    const ids = elements.map((element) => known && this.#cache.find(known, element));
    const fresh = elements.flatMap((element, i) => {
      return ids[i] === undefined ? [this.#openElement(element, i)] : [];
    });
    return { thread, channel, list, elements, known, ids, fresh };
  }

  #openElement(element: unknown, i: number): FreshElement {
    const trace = traceOf(element);
    const text = trace === undefined ? this.#textInList(element) : this.#textOf(element);
    return { i, element, trace, text };
  }

  async #textOf(element: unknown): Promise<string | undefined> {
    const [, data] = await this.#serde.dumpsTyped(element);
    return decodeUtf8(data);
  }

  /**
   * The text of a value as an element of a list, where some values have another text. A value that
   * contains its own list can only be recognised from that list.
   */
  async #textInList(element: unknown): Promise<string | undefined> {
    const text = (await this.#textOf([element])) ?? '';
    return text.startsWith('[') && !text.includes(circularMark) ? text.slice(1, -1) : undefined;
  }

  async #encodeList(open: OpenList): Promise<EncodedValue> {
    const { thread, channel, known, fresh } = open;
    const texts = await Promise.all(fresh.map(({ text }) => text));
    for (const [j, text] of texts.entries()) {
      const { element } = fresh[j]!; // there is a text for each
      if (text === lossMark && isObject(element)) throw lossError(element, channelName(channel));
    }
    const hashes = texts.map((text, j) => {
      // Values that are not objects are found by themselves.
      return text === undefined || !isObject(fresh[j]!.element) ? undefined : hashOfText(text);
    });
    const elements: (number | Packed | undefined)[] = [...open.ids];
    for (const [j, { i }] of fresh.entries()) {
      const [text, hash] = [texts[j], hashes[j]];
      // This is late, but a list that contains itself is rare.
      if (text === undefined) return this.#encodeWhole(channel, open.list);
      const id = known && hash !== undefined ? this.#cache.findText(known, hash) : undefined;
      elements[i] = id ?? packText('json', text);
    }
    return {
      // The elements without an id are the fresh ones.
      value: { kind: 'list', elements: elements as (number | Packed)[] },
      learn: (ids, epoch) => {
        const known = this.#cache.open(this.#cache.thread(thread.key), channel, epoch);
        for (const [j, { i, element, trace }] of fresh.entries()) {
          const [id, hash] = [ids[i]!, hashes[j]]; // there is an id for each
          if (known && trace) this.#cache.remember(known, element, id, trace);
          if (known && hash !== undefined) this.#cache.rememberText(known, hash, id);
        }
      },
      toWhole: () => this.#encodeList(this.#forget(open)),
    };
  }

  /** The list without any known element. Reuses what was serialized already. */
  #forget(open: OpenList): OpenList {
    const serialized = new Map(open.fresh.map((element) => [element.i, element]));
    const fresh = open.elements.map((element, i) => {
      return serialized.get(i) ?? this.#openElement(element, i);
    });
    return { ...open, known: undefined, ids: fresh.map(() => undefined), fresh };
  }

  /** `name` says in an error what the value is. */
  async pack(value: unknown, name: string): Promise<Packed> {
    return pack(...(await this.#dump(value, name)));
  }

  /** The output of the serializer, unless that is its sentence in place of the value. */
  async #dump(value: unknown, name: string): Promise<[type: string, data: Uint8Array]> {
    const [type, data] = await this.#serde.dumpsTyped(value);
    const isSentence = data.length === lossMark.length && decodeUtf8(data) === lossMark;
    if (isSentence && typeof value !== 'string') throw lossError(value, name);
    return [type, data];
  }

  async unpack(packed: Packed): Promise<unknown> {
    if (this.#options.isDefault && packed.json !== undefined) {
      return (await this.#reviver.revive(packed.json)).value;
    }
    return unpack(this.#serde, packed);
  }

  /**
   * With `isLearning`, elements read here are known when they are put again; that costs about as
   * much as reading them.
   */
  async decode(
    thread: SaverThread,
    { channel, value, epoch }: StoredChannel,
    isLearning = true,
  ): Promise<unknown> {
    if (value.kind === 'whole') return this.unpack(value.value);
    const { elements, ids } = value;
    if (!this.#options.isDefault) {
      return this.unpack({ text: joinList(elements.map((element) => packedText(element) ?? '')) });
    }
    const known = isLearning
      ? this.#cache.open(this.#cache.thread(thread.key), channel, epoch)
      : undefined;
    const list: unknown[] = [];
    for (const [i, element] of elements.entries()) {
      const { json } = element;
      const revived = json === undefined ? undefined : this.#reviver.tryRevive(json);
      if (revived === undefined) list.push(await this.unpack(element));
      else list.push(this.#learn(known, revived, ids[i]!)); // there is an id for each
    }
    return list;
  }

  /** A read element becomes known if its stored form is certain. */
  #learn(known: KnownList | undefined, { value, isExact }: Revived, id: number): unknown {
    const trace = known && isExact ? traceOf(value) : undefined;
    if (known && trace) this.#cache.remember(known, value, id, trace);
    return value;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isSmall(text: string, elements: readonly string[]): boolean {
  return elements.length <= smallListLengthMax && text.length <= smallTextLengthMax;
}
