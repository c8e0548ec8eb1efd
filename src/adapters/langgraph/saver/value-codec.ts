import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import type { MessageChannel, NewValue, Packed, StoredValue } from '../../../store/index.ts';
import { ElementCache, hashOfText, type KnownList } from './element-cache.ts';
import { traceOf, type Trace } from './element-trace.ts';
import { messageMark, toMessageItem } from './message-item.ts';
import { decodeUtf8, pack, packText, textOf, unpack } from './pack.ts';
import { Reviver, type Revived } from './revive.ts';
import type { SaverThread } from './saver-thread.ts';
import { joinList, splitList } from './split-list.ts';
import { areTextsWorthRows, areWorthRows } from './worth-rows.ts';

/** Lists this short are kept whole where their text is short, too. */
const smallListLengthMax = 8;
const smallTextLengthMax = 256;
/** What the serializer puts in the place of a value that holds itself. */
const circularMark = '"[Circular]"';

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
  /** The value with no element counting as known; absent where that makes no difference. */
  readonly toWhole?: () => Promise<EncodedValue>;
}

/** A list that is encoded element by element. */
interface OpenList {
  readonly thread: SaverThread;
  readonly channel: string;
  readonly list: readonly unknown[];
  /** As they were handed in: the list may change. */
  readonly elements: readonly unknown[];
  /** What is known of the channel's elements. */
  readonly known: KnownList | undefined;
  /** The ids of the elements that are known. */
  readonly ids: readonly (number | undefined)[];
  /** The others. */
  readonly fresh: readonly FreshElement[];
}

interface FreshElement {
  readonly i: number;
  readonly element: unknown;
  /** `undefined` where it can have none, so that it is serialized every time. */
  readonly trace: Trace | undefined;
  /** `undefined` where the serializer makes something else of it in its list. */
  readonly text: Promise<string | undefined>;
}

/**
 * Brings the values of channels into the form that the store keeps, and back.
 *
 * LangGraph's own serializer makes of a list the texts of its elements, each of which depends on nothing but the
 * element. So elements that are known to be stored are not serialized again, as long as they are unchanged
 * (`element-trace.ts`). Those of which that cannot be told, and new objects that may be equal to others, are
 * known by their texts. With any other serializer the whole list is serialized every time, and its text cut at
 * the elements' ends.
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

  /** The serializer runs before this returns, so that what happens to the value later changes nothing. */
  async encode(thread: SaverThread, channel: string, value: unknown): Promise<EncodedValue> {
    const list = Array.isArray(value) ? this.#openList(thread, channel, value) : undefined;
    return list === undefined ? this.#encodeWhole(channel, value) : this.#encodeList(list);
  }

  async #encodeWhole(channel: string, value: unknown): Promise<EncodedValue> {
    const [type, data] = await this.#serde.dumpsTyped(value);
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

  /** `undefined` for a list that has to be serialized as a whole. */
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
   * The text of a value as an element of a list, where some values have another one. One that holds its own
   * list can only be told from that list.
   */
  async #textInList(element: unknown): Promise<string | undefined> {
    const text = (await this.#textOf([element])) ?? '';
    return text.startsWith('[') && !text.includes(circularMark) ? text.slice(1, -1) : undefined;
  }

  async #encodeList(open: OpenList): Promise<EncodedValue> {
    const { thread, channel, known, fresh } = open;
    const texts = await Promise.all(fresh.map(({ text }) => text));
    const hashes = texts.map((text, j) => {
      // What is no object is found by itself.
      return text === undefined || !isObject(fresh[j]!.element) ? undefined : hashOfText(text);
    });
    const elements: (number | Packed | undefined)[] = [...open.ids];
    for (const [j, { i }] of fresh.entries()) {
      const [text, hash] = [texts[j], hashes[j]];
      // Late, but a list that holds itself is hardly ever put.
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

  /** The list with no element known. What was serialized already is not serialized again. */
  #forget(open: OpenList): OpenList {
    const serialized = new Map(open.fresh.map((element) => [element.i, element]));
    const fresh = open.elements.map((element, i) => {
      return serialized.get(i) ?? this.#openElement(element, i);
    });
    return { ...open, known: undefined, ids: fresh.map(() => undefined), fresh };
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

  /** An element that was read is known, if it is sure what it was made of. */
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
