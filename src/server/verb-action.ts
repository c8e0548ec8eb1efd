import type { Operation, Verb } from '../api/operation.ts';
import type { Outcome } from '../api/write-options.ts';
import type { Nouns } from '../protocol/operations.ts';
import type { All, CallerVerbs } from '../store/nouns.ts';
import type { Call } from './call.ts';
import { json, type PlainResponse } from './plain-response.ts';

/** Takes one argument of a verb out of a request. */
type Reader = (call: Call) => unknown;
type Respond = (result: unknown) => PlainResponse;
type AnyVerbs = Readonly<Record<string, Readonly<Record<string, AnyVerb>>>>;
type AnyVerb = (...values: readonly unknown[]) => Promise<unknown>;

/**
 * The action of an operation that is a verb. The table has been compared with the verbs by the
 * compiler. Everything that does not depend on the request is done here, once.
 */
export function createVerbAction(
  [name, ...slots]: Verb,
  operation: Operation,
): (call: Call) => Promise<PlainResponse> {
  const [noun = '', verb = ''] = name.split('.');
  const readers = slots.map((slot) => readerOf(slot, operation));
  const respond = responderOf(name, slots);
  return async (call) => {
    const verbs = verbsOf(call.project)[noun]!;
    return respond(await verbs[verb]!(...readers.map((read) => read(call))));
  };
}

/** A caller has every verb that the table names, or this does not compile. */
function verbsOf(project: CallerVerbs): AnyVerbs {
  const verbs: All<Nouns[keyof Nouns]['api']> = project;
  return verbs as unknown as AnyVerbs; // interfaces have no index signature
}

function readerOf(slot: string, { takesIdempotencyKey }: Operation): Reader {
  if (slot === 'query') return (call) => call.query;
  if (slot === 'body') return (call) => call.body;
  if (slot === 'options') {
    return takesIdempotencyKey ? (call) => call.writeOptions() : ({ requestId }) => ({ requestId });
  }
  if (isField(slot)) {
    const field = slot.slice(slot.indexOf('.') + 1);
    return ({ body }) => (body as Readonly<Record<string, unknown>>)[field]; // its schema has it
  }
  if (!isElement(slot)) return (call) => call.param(slot);
  const [parameter = '', body] = slot.slice(1, -1).split(', ');
  if (body === undefined) return (call) => [call.param(parameter)];
  return (call) => [{ ...(call.body as object), id: call.param(parameter) }]; // has a schema
}

function responderOf(name: string, slots: readonly string[]): Respond {
  const valueOf = valueFor(slots);
  if (!name.endsWith('WithOutcome')) return (result) => json(200, valueOf(result));
  return (result) => {
    const { data, replayed } = result as Outcome<unknown>; // says the verb's name
    return json(replayed ? 200 : 201, valueOf(data));
  };
}

function valueFor(slots: readonly string[]): (result: unknown) => unknown {
  if (slots.some(isField)) return (data) => ({ data });
  if (slots.some(isElement)) return (results) => (results as readonly unknown[])[0]; // of one
  return (result) => result;
}

const isField = (slot: string): boolean => slot.startsWith('body.');
const isElement = (slot: string): boolean => slot.startsWith('[');
