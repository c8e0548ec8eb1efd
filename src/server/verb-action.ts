import type { ElementSlot, Endpoint, Operation, Slot, SlotFields, Verb } from '../api/operation.ts';
import type { Outcome } from '../api/write-options.ts';
import type { NounDescription, Nouns } from '../protocol/operations.ts';
import { fieldOfList, isElementSlot, isListSlot, isObjectSlot } from '../protocol/slot.ts';
import type { All, CallerVerbs } from '../store/nouns.ts';
import { SkeinError, type Issue } from '../shared/error.ts';
import type { Call } from './call.ts';
import { empty, json, type PlainResponse } from './plain-response.ts';
import { etagOf, isNotModified, readIfVersion, type Versioned } from './request/preconditions.ts';
import type { HeaderSource } from './request/request-source.ts';

type AnyVerbs = Readonly<Record<string, Readonly<Record<string, AnyVerb>>>>;
type AnyVerb = (...values: readonly unknown[]) => Promise<unknown>;
/** Takes one argument of a verb out of a request. */
type Reader = (call: Call, ifVersion: number | undefined) => unknown;
type Respond = (result: unknown, call: Call) => PlainResponse;

/**
 * The action of an operation that is a verb. The table has been compared with the verbs by the
 * compiler. Everything that does not depend on the request is done here, once.
 */
export function createVerbAction(
  noun: NounDescription,
  operationName: string,
): (call: Call) => Promise<PlainResponse> {
  const operation = noun.table.operations[operationName]!; // the caller has it from there
  const verb = noun.verbs[operationName]!; // likewise
  const run = runnerOf(verb, operation);
  const respond = responderOf(verb, operation);
  const comparesBefore = operation.takesIfMatch === true && !verb.includes('options');
  if (!comparesBefore) return async (call) => respond(await run(call, undefined), call);
  const readVersioned = readerOfSamePath(noun, operationName);
  return async (call) => {
    const ifVersion = await readIfVersion(call.headers, () => readVersioned(call));
    return respond(await run(call, ifVersion), call);
  };
}

function runnerOf(
  [name, ...slots]: Verb,
  operation: Operation,
): (call: Call, ifVersion: number | undefined) => Promise<unknown> {
  const [noun = '', verb = ''] = name.split('.');
  const readers = slots.map((slot) => readerOf(slot, operation));
  const run = (call: Call, ifVersion: number | undefined): Promise<unknown> =>
    verbsOf(call.project)[noun]![verb]!(...readers.map((read) => read(call, ifVersion)));
  const element = slots.find(isElementSlot);
  if (element === undefined) return run;
  return (call, ifVersion) =>
    run(call, ifVersion).catch((error: unknown) => {
      throw namedAsSent(error, element, call);
    });
}

/**
 * An error whose issues are about the request, where the verb has one element of an array:
 * `updates.0.answers` is `answers` of the body, and `updates.0.userId` the `userId` of the path.
 */
function namedAsSent(error: unknown, [element]: ElementSlot, { body }: Call): unknown {
  if (!(error instanceof SkeinError) || error.issues.length === 0) return error;
  const isSent = (name: string): boolean => typeof body === 'object' && name in (body ?? {});
  const issues = error.issues.map(({ path, message }) => {
    const [list = '', first, ...rest] = path.split('.');
    const isOfElement = first === '0' && !isSent(list);
    if (typeof element === 'string') return { path: isOfElement ? element : path, message };
    return { path: placeOf(isOfElement ? rest : path.split('.'), element), message };
  });
  const [{ path, message }] = issues as [Issue]; // it has some
  const text = path === '' ? message : `${path}: ${message}`;
  return new SkeinError(error.code, text, { cause: error, issues });
}

/** Where a request has a field of the element: in the path, or under its own name in the body. */
function placeOf([name = '', ...rest]: readonly string[], element: SlotFields): string {
  const slot = element[name];
  return [slot === undefined || slot === 'ifMatch' ? name : slot, ...rest].join('.');
}

/** A caller has every verb that the table names, or this does not compile. */
function verbsOf(project: CallerVerbs): AnyVerbs {
  const verbs: All<Nouns[keyof Nouns]['api']> = project;
  return verbs as unknown as AnyVerbs; // interfaces have no index signature
}

/** Calls the `GET` of an operation's path, for the version that a change is compared with. */
function readerOfSamePath(
  { endpoints, verbs, table }: NounDescription,
  operationName: string,
): (call: Call) => Promise<Versioned> {
  const pathOf = (endpoint: Endpoint): string => endpoint.slice(endpoint.indexOf(' '));
  const wanted = `GET${pathOf(endpoints[operationName]!)}`;
  const [get] = Object.entries(endpoints).find(([, endpoint]) => endpoint === wanted) ?? [];
  const verb = get === undefined ? undefined : verbs[get];
  if (get === undefined || verb === undefined)
    throw new TypeError(`${operationName} takes If-Match, so ${wanted} must be a verb`);
  const run = runnerOf(verb, table.operations[get]!);
  return (call) => run(call, undefined) as Promise<Versioned>; // what has an ETag has a version
}

function readerOf(slot: Slot, operation: Operation): Reader {
  if (isElementSlot(slot)) {
    const read = readerOf(slot[0], operation);
    return (call, ifVersion) => [read(call, ifVersion)];
  }
  if (isObjectSlot(slot)) return objectReader(slot, operation);
  if (slot === 'query') return (call) => call.query;
  if (slot === 'body') return (call) => call.body;
  if (slot === 'ifMatch') return (_call, ifVersion) => ifVersion;
  if (slot === 'options') return optionsReader(operation);
  if (!isListSlot(slot)) return (call) => call.param(slot);
  const field = fieldOfList(slot);
  return ({ body }) => (body as Readonly<Record<string, unknown>>)[field]; // its schema has it
}

function optionsReader({ takesIdempotencyKey, takesIfMatch }: Operation): Reader {
  if (!takesIfMatch) {
    return takesIdempotencyKey ? (call) => call.writeOptions() : ({ requestId }) => ({ requestId });
  }
  if (!takesIdempotencyKey) return (call) => call.versionOptions();
  return (call) => ({ ...call.writeOptions(), ...call.versionOptions() });
}

/** Fields that a request does not have are absent, not `undefined`. */
function objectReader({ '...': rest, ...fields }: SlotFields, operation: Operation): Reader {
  const readRest = rest === undefined ? () => ({}) : readerOf(rest, operation);
  const readers = Object.entries(fields).map(
    ([name, slot]) => [name, readerOf(slot, operation)] as const,
  );
  return (call, ifVersion) => {
    const value: Record<string, unknown> = { ...(readRest(call, ifVersion) as object) }; // a body
    for (const [name, read] of readers) {
      const field = read(call, ifVersion);
      if (field !== undefined) value[name] = field;
    }
    return value;
  };
}

function responderOf(verb: Verb, operation: Operation): Respond {
  const respond = plainResponderOf(verb, operation);
  const { isByLink, responses } = operation;
  const field = Object.values(responses).find(({ addressIn }) => addressIn)?.addressIn;
  if (!isByLink && field === undefined) return respond;
  return (result, call) => {
    const response = respond(field === undefined ? result : addressed(result, field, call), call);
    return isByLink ? { ...response, headers: { ...response.headers, ...linkHeaders } } : response;
  };
}

/** What is read by a link is for those who have it, as long as it is good. */
export const linkHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex',
  'referrer-policy': 'no-referrer',
};

function addressed(result: unknown, field: string, { origin }: Call): unknown {
  const value = result as Readonly<Record<string, unknown>>; // the table says that it has the field
  const path = value[field];
  return typeof path === 'string' ? { ...value, [field]: `${origin}${path}` } : value;
}

function plainResponderOf([name, ...slots]: Verb, { responses }: Operation): Respond {
  if (responses[204] !== undefined) return () => empty(204);
  const valueOf = valueFor(slots);
  const respond = Object.values(responses).some(({ hasEtag }) => hasEtag)
    ? versionedResponder(responses[304] !== undefined)
    : (status: number, value: unknown) => json(status, value);
  if (!name.endsWith('WithOutcome')) {
    const status = responses[200] === undefined ? 201 : 200;
    return (result, { headers }) => respond(status, valueOf(result), headers);
  }
  return (result, { headers }) => {
    const { data, replayed } = result as Outcome<unknown>; // says the verb's name
    return respond(replayed ? 200 : 201, valueOf(data), headers);
  };
}

/** A reader that has this version gets 304, if the operation knows it. */
function versionedResponder(
  knowsNotModified: boolean,
): (status: number, value: unknown, headers: HeaderSource) => PlainResponse {
  return (status, value, headers) => {
    const etag = etagOf(value as Versioned); // the compiler has asked for the version
    if (knowsNotModified && isNotModified(headers, etag)) return empty(304, { etag });
    return json(status, value, { etag });
  };
}

function valueFor(slots: readonly Slot[]): (result: unknown) => unknown {
  if (slots.some(isListSlot)) return (data) => ({ data });
  if (slots.some(isElementSlot)) return (results) => (results as readonly unknown[])[0]; // of one
  return (result) => result;
}
