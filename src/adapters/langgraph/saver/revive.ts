/**
 * Revives values from LangGraph's JSON as its own serializer does, but synchronously: the
 * serializer awaits every single value, and loads each message through two more rounds of JSON.
 *
 * Plain JSON is copied. A message is made by its class, once the serializer itself has shown for
 * one of the same class and fields that the result is the same. Everything else is left to the
 * serializer.
 */
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import type { JsonObject, JsonValue } from '../../../shared/json.ts';

/** A revived value. */
export interface Revived {
  readonly value: unknown;
  /** Serializing the value, as it is now, gives the JSON again. */
  readonly isExact: boolean;
}

type MessageClass = new (fields: Record<string, unknown>) => Record<string, unknown>;

/** A class and the fields that its constructor gets. */
interface Shape {
  readonly keys: readonly string[];
  /** `undefined` if only the serializer can make it. */
  readonly messageClass: MessageClass | undefined;
  readonly isExact: boolean;
}

const shapesMax = 1000;
const depthMax = 32;
/**
 * Keys by which serializers mark what is more than plain JSON, and one that sets an object's
 * prototype.
 */
const markers: ReadonlySet<string> = new Set(['lc', 'lg_name', '__lc_escaped__', '__proto__']);

export class Reviver {
  readonly #serde: SerializerProtocol;
  /** By the name of the class. */
  readonly #shapes = new Map<string, Shape[]>();
  #shapeCount = 0;

  constructor(serde: SerializerProtocol) {
    this.#serde = serde;
  }

  async revive(json: JsonValue): Promise<Revived> {
    return this.tryRevive(json) ?? (await this.#learn(json));
  }

  /** `undefined` if only the serializer can revive it. */
  tryRevive(json: JsonValue): Revived | undefined {
    const message = readMessage(json);
    if (message === undefined) {
      const value = copyInner(json, 0);
      return value === notPlain ? undefined : { value, isExact: true };
    }
    const shape = this.#find(message);
    if (shape?.messageClass === undefined) return undefined;
    const fields = copyFields(message.fields);
    return fields && build(shape.messageClass, fields, shape.isExact);
  }

  #find({ name, fields }: ReadMessage): Shape | undefined {
    return this.#shapes.get(name)?.find(({ keys }) => hasKeys(fields, keys));
  }

  async #learn(json: JsonValue): Promise<Revived> {
    const text = JSON.stringify(json);
    const value: unknown = await this.#serde.loadsTyped('json', text);
    const message = readMessage(json);
    if (message && this.#shapeCount < shapesMax) {
      const shape = await this.#shapeOf(message, value, text);
      // A concurrent call may have added it.
      if (this.#find(message) === undefined) this.#add(message.name, shape);
    }
    return { value, isExact: false };
  }

  #add(name: string, shape: Shape): void {
    const shapes = this.#shapes.get(name) ?? [];
    this.#shapes.set(name, shapes);
    shapes.push(shape);
    this.#shapeCount++;
  }

  async #shapeOf({ fields }: ReadMessage, made: unknown, text: string): Promise<Shape> {
    const keys = Object.keys(fields);
    const unknownShape: Shape = { keys, messageClass: undefined, isExact: false };
    const copy = copyFields(fields);
    if (copy === undefined || typeof made !== 'object' || made === null) return unknownShape;
    // It has made this object from such fields.
    const messageClass = made.constructor as MessageClass;
    const candidate = build(messageClass, copy, true);
    if (!isSame(candidate.value, made)) return unknownShape;
    const [type, data] = await this.#serde.dumpsTyped(candidate.value);
    const isExact = type === 'json' && new TextDecoder().decode(data) === text;
    return { keys, messageClass, isExact };
  }
}

/** The object is exact if its constructor kept the fields unchanged. */
function build(
  messageClass: MessageClass,
  fields: Record<string, unknown>,
  mayBeExact: boolean,
): Revived {
  const keys = mayBeExact ? Object.keys(fields) : [];
  const before = keys.map((key) => fields[key]);
  const value = new messageClass(fields);
  const kwargs = value.lc_kwargs;
  const isKept =
    mayBeExact &&
    typeof kwargs === 'object' &&
    kwargs !== null &&
    hasKeys(kwargs, keys) &&
    keys.every((key, i) => value[key] === before[i]);
  return { value, isExact: isKept };
}

/** Whether an object has these keys in this order, and no others. */
function hasKeys(object: object, keys: readonly string[]): boolean {
  let count = 0;
  // A prototype with enumerable keys adds more.
  for (const key in object) if (key !== keys[count++]) return false;
  return count === keys.length;
}

interface ReadMessage {
  /** The name of the class. */
  readonly name: string;
  readonly fields: JsonObject;
}

/** `lc`, `type`, `id` and `kwargs`. */
const messageKeyCount = 4;

function readMessage(json: JsonValue): ReadMessage | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { lc, type, id, kwargs } = json as JsonObject; // neither null nor an array
  if (lc !== 1 || type !== 'constructor' || !Array.isArray(id) || id.length !== 3) return undefined;
  // IsArray does not narrow a readonly array.
  const [first, second, name] = id as readonly JsonValue[];
  if (first !== 'langchain_core' || second !== 'messages' || typeof name !== 'string') {
    return undefined;
  }
  const isFields = typeof kwargs === 'object' && kwargs !== null && !Array.isArray(kwargs);
  if (!isFields || Object.keys(json).length !== messageKeyCount) return undefined;
  return { name, fields: kwargs as JsonObject }; // neither null nor an array
}

function copyFields(fields: JsonObject): Record<string, unknown> | undefined {
  const copy = copyInner(fields, 0);
  // The copy of an object is an object.
  return copy === notPlain ? undefined : (copy as Record<string, unknown>);
}

const notPlain = Symbol('not plain');

/** A copy of JSON that contains no markers, or `notPlain`. */
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
  for (const key in object) {
    if (markers.has(key)) return notPlain;
    const inner = object[key]!;
    const value = typeof inner === 'string' ? inner : copyInner(inner, depth + 1);
    if (value === notPlain) return notPlain;
    copy[key] = value;
  }
  return copy;
}

/** Whether two values are the same in all that is visible of them. */
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
