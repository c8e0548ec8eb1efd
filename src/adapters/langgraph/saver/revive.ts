/**
 * Makes values of LangGraph's JSON as its own serializer does, but at once: that awaits every single value, and
 * loads each message through two more rounds of JSON.
 *
 * Plain JSON is copied. A message is made by its class, once the serializer itself has shown for one of the same
 * class and fields that this gives the same. Everything else is left to the serializer.
 */
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import type { JsonObject, JsonValue } from '../../../shared/json.ts';

/** What a value was made into. */
export interface Revived {
  readonly value: unknown;
  /** Serializing the value, as it is now, gives the JSON again. */
  readonly isExact: boolean;
}

type MessageClass = new (fields: Record<string, unknown>) => Record<string, unknown>;

/** A class and the fields that it is made with: `null` where only the serializer makes it. */
type Shape = { readonly messageClass: MessageClass; readonly isExact: boolean } | null;

const shapesMax = 1000;
const depthMax = 32;
/** Keys by which serializers tell what is more than plain JSON, and one that sets an object's prototype. */
const markers: ReadonlySet<string> = new Set(['lc', 'lg_name', '__lc_escaped__', '__proto__']);

export class Reviver {
  readonly #serde: SerializerProtocol;
  readonly #shapes = new Map<string, Shape>();

  constructor(serde: SerializerProtocol) {
    this.#serde = serde;
  }

  async revive(json: JsonValue): Promise<Revived> {
    return this.tryRevive(json) ?? (await this.#learn(json));
  }

  /** `undefined` where the serializer has to be asked. */
  tryRevive(json: JsonValue): Revived | undefined {
    const message = readMessage(json);
    if (message === undefined) {
      const copy = copyPlain(json, 0);
      return copy && { value: copy.value, isExact: true };
    }
    const shape = this.#shapes.get(message.name);
    const fields = shape && copyFields(message.fields);
    return shape && fields ? build(shape.messageClass, fields, shape.isExact) : undefined;
  }

  async #learn(json: JsonValue): Promise<Revived> {
    const text = JSON.stringify(json);
    const value: unknown = await this.#serde.loadsTyped('json', text);
    const message = readMessage(json);
    if (message !== undefined && !this.#shapes.has(message.name) && this.#shapes.size < shapesMax) {
      this.#shapes.set(message.name, await this.#shapeOf(message, value, text));
    }
    return { value, isExact: false };
  }

  async #shapeOf({ fields }: ReadMessage, made: unknown, text: string): Promise<Shape> {
    const copy = copyFields(fields);
    if (copy === undefined || typeof made !== 'object' || made === null) return null;
    const messageClass = made.constructor as MessageClass; // it has made this one of such fields
    const candidate = build(messageClass, copy, true);
    if (!isSame(candidate.value, made)) return null;
    const [type, data] = await this.#serde.dumpsTyped(candidate.value);
    const isExact = type === 'json' && new TextDecoder().decode(data) === text;
    return { messageClass, isExact };
  }
}

/** Whether the fields went through the constructor as they were decides whether they come out again so. */
function build(
  messageClass: MessageClass,
  fields: Record<string, unknown>,
  mayBeExact: boolean,
): Revived {
  const entries = Object.entries(fields);
  const value = new messageClass(fields);
  const kwargs = value.lc_kwargs;
  const isKept =
    mayBeExact &&
    typeof kwargs === 'object' &&
    kwargs !== null &&
    Object.keys(kwargs).every((key, i) => key === entries[i]?.[0]) &&
    Object.keys(kwargs).length === entries.length &&
    entries.every(([key, field]) => value[key] === field);
  return { value, isExact: isKept };
}

interface ReadMessage {
  /** Names the class and the fields. */
  readonly name: string;
  readonly fields: JsonObject;
}

function readMessage(json: JsonValue): ReadMessage | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { lc, type, id, kwargs, ...others } = json as JsonObject; // neither null nor an array
  if (lc !== 1 || type !== 'constructor' || !Array.isArray(id) || Object.keys(others).length > 0) {
    return undefined;
  }
  const isFields = typeof kwargs === 'object' && kwargs !== null && !Array.isArray(kwargs);
  if (!isFields || id[0] !== 'langchain_core' || id[1] !== 'messages') return undefined;
  const fields = kwargs as JsonObject; // neither null nor an array
  return { name: JSON.stringify([id, Object.keys(fields)]), fields };
}

function copyFields(fields: JsonObject): Record<string, unknown> | undefined {
  return copyPlain(fields, 0)?.value as Record<string, unknown> | undefined; // the copy of an object is one
}

/** A copy of JSON in which nothing stands for anything else, or `undefined`. */
function copyPlain(json: JsonValue, depth: number): { readonly value: unknown } | undefined {
  const value = copyInner(json, depth);
  return value === notPlain ? undefined : { value };
}

const notPlain = Symbol('not plain');

function copyInner(json: JsonValue, depth: number): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth >= depthMax) return notPlain;
  if (Array.isArray(json)) {
    const copy: unknown[] = [];
    // isArray does not narrow a readonly array.
    for (const inner of json as readonly JsonValue[]) {
      const value = copyInner(inner, depth + 1);
      if (value === notPlain) return notPlain;
      copy.push(value);
    }
    return copy;
  }
  const copy: Record<string, unknown> = {};
  const object = json as JsonObject; // neither null nor an array
  for (const key of Object.keys(object)) {
    if (markers.has(key)) return notPlain;
    const value = copyInner(object[key]!, depth + 1);
    if (value === notPlain) return notPlain;
    copy[key] = value;
  }
  return copy;
}

/** Whether two values are the same in all that can be seen of them. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b);
  }
  const keys = Reflect.ownKeys(a);
  return (
    Object.getPrototypeOf(a) === Object.getPrototypeOf(b) &&
    keys.length === Reflect.ownKeys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
