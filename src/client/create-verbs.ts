import type { Endpoint, Slot, Verb } from '../api/operation.ts';
import type { CalledNoun } from '../api/verb.ts';
import type { Outcome, VersionOptions, WriteOptions } from '../api/write-options.ts';
import { fieldOfList, isElementSlot, isListSlot, isObjectSlot } from '../protocol/slot.ts';
import { invalid } from '../shared/error.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { inParallel } from './in-parallel.ts';

type AnyVerb = (...values: readonly unknown[]) => Promise<unknown>;

const outcome = 'WithOutcome';

/**
 * The verbs, by noun, that these nouns' operations are. Each calls its operation, the first if it
 * has several.
 */
export function createVerbs(
  http: Http,
  nouns: readonly CalledNoun[],
): Record<string, Record<string, AnyVerb>> {
  const created: Record<string, Record<string, AnyVerb>> = {};
  for (const { endpoints, verbs } of nouns) {
    for (const [operation, verb] of Object.entries(verbs)) {
      const [noun = '', name = ''] = verb[0].split('.');
      const ofNoun = (created[noun] ??= {});
      if (ofNoun[name]) continue;
      const call = createVerb(http, endpoints[operation]!, verb); // the compiler has compared both
      ofNoun[name] = call;
      if (!name.endsWith(outcome)) continue;
      ofNoun[name.slice(0, -outcome.length)] = withoutOutcome(call, verb);
    }
  }
  return created;
}

function createVerb(http: Http, endpoint: Endpoint, [name, ...slots]: Verb): AnyVerb {
  const listAt = slots.findIndex(isListSlot);
  const elementAt = slots.findIndex(isElementSlot);
  const optionsAt = slots.indexOf('options');
  const send = (values: readonly unknown[]): Promise<HttpResponse<unknown>> =>
    http.send(requestOf(endpoint, slots, values));
  if (elementAt >= 0) {
    return async (...values) => {
      const elements = elementsOf(values[elementAt]);
      // The first of several requests would give the thread another version.
      const options = values[optionsAt] as VersionOptions | undefined; // as the slot says
      if (elements.length > 1 && options?.ifVersion)
        throw invalid('ifVersion', 'goes with one item');
      return inParallel(elements, async (one) => {
        return (await send(values.with(elementAt, [one]))).body;
      });
    };
  }
  return async (...values) => {
    const list = values[listAt];
    const isEmpty = Array.isArray(list) && list.length === 0; // and then there is nothing to do
    const { status, body } = isEmpty ? { status: 201, body: { data: [] } } : await send(values);
    const data = listAt < 0 ? body : dataOf(body);
    return name.endsWith(outcome) ? { data, replayed: status === 200 } : data;
  };
}

/** The verb without the outcome. One that takes a body or an object takes an array of them here. */
function withoutOutcome(call: AnyVerb, [, ...slots]: Verb): AnyVerb {
  const dataOfCall: AnyVerb = async (...values) => {
    const { data } = (await call(...values)) as Outcome<unknown>; // says its name
    return data;
  };
  if (slots.some(isListSlot)) return dataOfCall;
  const manyAt = slots.findIndex((slot) => slot === 'body' || isObjectSlot(slot));
  if (manyAt < 0) return dataOfCall;
  return (...values) => {
    const inputs = elementsOf(values[manyAt]);
    return inParallel(inputs, (input, i) => {
      const valueOf = (slot: Slot, at: number): unknown => {
        if (at === manyAt) return input;
        return slot === 'options' ? optionsOfOne(values[at], i, inputs.length) : values[at];
      };
      return dataOfCall(...slots.map(valueOf));
    });
  };
}

/** `inParallel` looks whether they are an array. */
const elementsOf = (value: unknown): readonly unknown[] => value as readonly unknown[];

/** The array in a response, as the slot says. A response without a body has none. */
const dataOf = (body: unknown): unknown => (body as { readonly data: unknown } | undefined)?.data;

/**
 * A call for several entries is one request each, so each needs its own key, derived as in the
 * store.
 */
function optionsOfOne(options: unknown, index: number, count: number): WriteOptions {
  const given = (options ?? {}) as WriteOptions; // as the slot says
  if (given.idempotencyKey === undefined || count === 1) return given;
  const idempotencyKey = `${given.idempotencyKey}#${index}`;
  if (idempotencyKey.length > 128)
    throw invalid('idempotencyKey', 'is too long for a call with several entries');
  return { ...given, idempotencyKey };
}

interface RequestParts {
  readonly parameters: Record<string, unknown>;
  [part: string]: unknown;
}

function requestOf(
  endpoint: Endpoint,
  slots: readonly Slot[],
  values: readonly unknown[],
): HttpRequest {
  const parts: RequestParts = { endpoint, parameters: {} };
  for (const [i, slot] of slots.entries()) addTo(parts, slot, values[i]);
  return parts as unknown as HttpRequest; // compared by the compiler
}

/** Adds an argument to the request where its slot says. */
function addTo(parts: RequestParts, slot: Slot, value: unknown): void {
  if (isElementSlot(slot)) addTo(parts, slot[0], (value as readonly unknown[])[0]);
  else if (isObjectSlot(slot)) {
    const fields: Record<string, unknown> = { ...(value as object) }; // says its slot
    for (const [name, inner] of Object.entries(slot)) {
      if (name === '...') continue;
      addTo(parts, inner, fields[name]);
      delete fields[name];
    }
    if (slot['...'] !== undefined) addTo(parts, slot['...'], fields);
  } else if (slot === 'ifMatch') parts.ifVersion = value;
  else if (slot === 'options') Object.assign(parts, value);
  else if (slot === 'query' || slot === 'body') parts[slot] = value;
  else if (isListSlot(slot)) parts.body = { [fieldOfList(slot)]: value };
  else parts.parameters[slot] = value;
}
