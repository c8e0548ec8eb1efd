import type { Endpoint, Verb } from '../api/operation.ts';
import type { CalledNoun } from '../api/verb.ts';
import type { Outcome } from '../api/write-options.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { inParallel } from './in-parallel.ts';

type AnyVerb = (...values: readonly unknown[]) => Promise<unknown>;

const outcome = 'WithOutcome';

/** The verbs, by noun, that these nouns' operations are. Each calls its operation. */
export function createVerbs(
  http: Http,
  nouns: readonly CalledNoun[],
): Record<string, Record<string, AnyVerb>> {
  const created: Record<string, Record<string, AnyVerb>> = {};
  for (const { endpoints, verbs } of nouns) {
    for (const [operation, verb] of Object.entries(verbs)) {
      const [noun = '', name = ''] = verb[0].split('.');
      const call = createVerb(http, endpoints[operation]!, verb); // the compiler has compared both
      const ofNoun = (created[noun] ??= {});
      ofNoun[name] = call;
      if (name.endsWith(outcome) && verb.some(isList)) {
        ofNoun[name.slice(0, -outcome.length)] = withoutOutcome(call);
      }
    }
  }
  return created;
}

function createVerb(http: Http, endpoint: Endpoint, [name, ...slots]: Verb): AnyVerb {
  const listAt = slots.findIndex(isList);
  const elementAt = slots.findIndex((slot) => slot.startsWith('['));
  const send = (values: readonly unknown[]): Promise<HttpResponse<unknown>> =>
    http.send(requestOf(endpoint, slots, values));
  if (elementAt >= 0) {
    return (...values) => {
      const elements = values[elementAt] as readonly unknown[]; // `inParallel` looks
      return inParallel(elements, async (one) => (await send(values.with(elementAt, one))).body);
    };
  }
  return async (...values) => {
    const list = values[listAt];
    const isEmpty = Array.isArray(list) && list.length === 0; // and then there is nothing to do
    const { status, body } = isEmpty ? { status: 201, body: { data: [] } } : await send(values);
    const data = listAt < 0 ? body : (body as { readonly data: unknown }).data; // as the slot says
    return name.endsWith(outcome) ? { data, replayed: status === 200 } : data;
  };
}

const isList = (slot: string): boolean => slot.startsWith('body.');

/** `create` calls what `createWithOutcome` calls, if both take the same array. */
function withoutOutcome(verb: AnyVerb): AnyVerb {
  return async (...values) => {
    const { data } = (await verb(...values)) as Outcome<unknown>; // says its name
    return data;
  };
}

function requestOf(
  endpoint: Endpoint,
  slots: readonly string[],
  values: readonly unknown[],
): HttpRequest {
  const parameters: Record<string, unknown> = {};
  const parts: Record<string, unknown> = {};
  for (const [i, slot] of slots.entries()) {
    const value = values[i];
    const [, field] = slot.split('.');
    if (field !== undefined) parts.body = { [field]: value };
    else if (slot === 'options') Object.assign(parts, value);
    else if (slot === 'query' || slot === 'body') parts[slot] = value;
    else if (slot.endsWith(', body]')) {
      const { id, ...body } = value as { readonly id: unknown }; // an element with fields
      parameters[slot.slice(1, -7)] = id;
      parts.body = body;
    } else parameters[slot.replaceAll(/[[\]]/g, '')] = value;
  }
  return { ...parts, endpoint, parameters } as HttpRequest; // compared by the compiler
}
