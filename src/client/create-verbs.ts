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

function createVerb(http: Http, endpoint: Endpoint, [name, ...places]: Verb): AnyVerb {
  const listAt = places.findIndex(isList);
  const elementAt = places.findIndex((place) => place.startsWith('['));
  const send = (values: readonly unknown[]): Promise<HttpResponse<unknown>> =>
    http.send(requestOf(endpoint, places, values));
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
    const data = listAt < 0 ? body : (body as { readonly data: unknown }).data; // says its place
    return name.endsWith(outcome) ? { data, replayed: status === 200 } : data;
  };
}

const isList = (place: string): boolean => place.startsWith('body.');

/** `create` calls what `createWithOutcome` calls, if both take the same array. */
function withoutOutcome(verb: AnyVerb): AnyVerb {
  return async (...values) => {
    const { data } = (await verb(...values)) as Outcome<unknown>; // says its name
    return data;
  };
}

function requestOf(
  endpoint: Endpoint,
  places: readonly string[],
  values: readonly unknown[],
): HttpRequest {
  const parameters: Record<string, unknown> = {};
  const parts: Record<string, unknown> = {};
  for (const [i, place] of places.entries()) {
    const value = values[i];
    const [, field] = place.split('.');
    if (field !== undefined) parts.body = { [field]: value };
    else if (place === 'options') Object.assign(parts, value);
    else if (place === 'query' || place === 'body') parts[place] = value;
    else if (place.endsWith(', body]')) {
      const { id, ...body } = value as { readonly id: unknown }; // an element with fields
      parameters[place.slice(1, -7)] = id;
      parts.body = body;
    } else parameters[place.replaceAll(/[[\]]/g, '')] = value;
  }
  return { ...parts, endpoint, parameters } as HttpRequest; // compared by the compiler
}
