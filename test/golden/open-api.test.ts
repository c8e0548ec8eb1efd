/**
 * The HTTP API is unchanged: `open-api.json` is the document that commit b467b14 served at
 * `/openapi.json`. Intended additions and changes are listed below, each with the reason why users
 * are fine with it.
 */
import { readFileSync } from 'node:fs';
import { createStore } from 'skein';
import { memory } from 'skein/engines/memory';
import { createHandler } from 'skein/server';
import { describe, expect, test } from 'vitest';
import { differencesBetween, linesOf, type Difference } from './differences.ts';
import { shapeOf } from './open-api-shape.ts';

/** What the document now says of texts, having said nothing. */
interface Addition {
  readonly keyword: string;
  readonly why: string;
}

interface Exception {
  /** The position that may differ, with everything below it. */
  readonly at: string;
  readonly why: string;
}

const threadService =
  'What reads threads for LangGraph is the thread service; a conversation is another thing.';

const privacy =
  'New, optional fields: answers that saw something private say so, and may be said to.';

const methods =
  'A wrong method has a code of its own, by which clients tell it from a missing thread.';
const bounds = 'Longer ids, keys and tags were refused, whatever the document said.';
const put = 'New: for clients that only have PUT, which changes threads as PATCH does.';

const reads =
  'New, optional parameters: what is private can be left out, and lists name their user.';

const attached = 'New, optional fields: what people have attached to an item.';

const pins = 'New: changes that pin an item. Clients show the item that comes with a change.';

const retries = 'New, optional: another attempt at a failed answer keeps what its tools did.';
const people =
  'New, optional: others take part in a thread, which may be handed over and change its mode.';
const agents =
  'New, optional: the answer of an agent that takes part has its author and its chain.';
const orders =
  'New, optional: threads can be listed by their creation. The names are bounded as elsewhere.';

const entries =
  'New fields, which are always there: entries of lists say what their caller has read.';

const conditions =
  'New, optional header: what adds to a thread may name its version. It was ignored, now it counts.';

const credentials = 'New: tokens have ids, are listed, and say more of their user.';

const graphs = 'New fields, which are always there: what graph views draw, beside what there was.';
const node = '/components/schemas/Graph/properties/nodes/items';

const refusals = 'What was refused before, the document says now. Nothing else is refused.';

const nothing = 'Where a body may be left out, null was taken, too, and the document says so now.';

const exceptions: readonly Exception[] = [
  { at: '/components/schemas/Problem/properties/code/enum', why: methods },
  ...['audience', 'roles', 'scopes'].map((name) => {
    return { at: `/components/schemas/CreateToken/properties/${name}`, why: credentials };
  }),
  { at: '/paths/~1v1~1tokens/get', why: credentials },
  { at: '/components/schemas/IssuedToken/properties/id', why: credentials },
  { at: '/components/schemas/IssuedToken/required', why: credentials },
  { at: '/components/schemas/Item/properties/sawPrivate', why: privacy },
  { at: '/components/schemas/Item/properties/reactions', why: attached },
  { at: '/components/schemas/Item/properties/pinned', why: attached },
  { at: '/components/schemas/Change/properties/type/enum', why: pins },
  { at: '/components/schemas/NewItem/properties/sawPrivate', why: privacy },
  { at: '/components/schemas/StartRun/properties/retriesId', why: retries },
  { at: '/components/schemas/Run/properties/authorId', why: agents },
  { at: '/components/schemas/Run/properties/links', why: agents },
  { at: '/paths/~1v1~1threads~1{threadId}/put', why: put },
  { at: '/paths/~1v1~1threads~1{threadId}~1items/get/parameters', why: reads },
  { at: '/paths/~1api~1threads/get/parameters', why: reads },
  { at: '/paths/~1v1~1threads/get/parameters', why: orders },
  { at: '/paths/~1v1~1threads/get/responses/200', why: entries },
  { at: '/paths/~1api~1threads~1{threadId}~1messages/get/parameters', why: reads },
  ...[
    'fork/post',
    'edges/post',
    'items/post',
    'items~1{itemId}/patch',
    'items~1{itemId}/delete',
    'runs/post',
    'comparisons/post',
  ].flatMap((operation) =>
    ['parameters', 'responses/412'].map((place) => {
      return { at: `/paths/~1v1~1threads~1{threadId}~1${operation}/${place}`, why: conditions };
    }),
  ),
  ...['id', 'label', 'status', 'startedAt', 'endedAt', 'usage', 'parentId'].map((name) => {
    return { at: `${node}/properties/${name}`, why: graphs };
  }),
  { at: `${node}/required`, why: graphs },
  { at: '/components/schemas/NewComparison/properties/prompt/properties', why: refusals },
  { at: '/components/schemas/NewItem/properties/attempt/maximum', why: refusals },
  ...['properties/from', 'properties/to', 'required'].map((place) => {
    return { at: `/components/schemas/Graph/properties/edges/items/${place}`, why: graphs };
  }),
  { at: '/paths/~1api~1session/post/tags', why: threadService },
  { at: '/paths/~1api~1threads/get/tags', why: threadService },
  { at: '/paths/~1api~1threads/get/operationId', why: threadService },
  { at: '/paths/~1api~1threads~1{threadId}~1messages/get/tags', why: threadService },
  { at: '/components/schemas/NewThread/properties/participants', why: people },
  { at: '/components/schemas/Thread/properties/offeredTo', why: people },
  { at: '/components/schemas/ThreadPatch/properties/mode', why: people },
  ...['scopes~1{scopeType}~1{scopeId}~1thread/put', 'threads~1{threadId}~1fork/post'].map(
    (name) => {
      return {
        at: `/paths/~1v1~1${name}/requestBody/content/application~1json/schema`,
        why: nothing,
      };
    },
  ),
  { at: '/tags', why: threadService },
  { at: '/paths/~1v1~1threads~1{threadId}~1graph/get/parameters/2/schema/maxLength', why: bounds },
  { at: '/paths/~1v1~1threads~1{threadId}~1items/get/parameters/7/schema/maxLength', why: bounds },
  { at: '/paths/~1v1~1threads~1{threadId}~1items/get/parameters/8/schema/maxLength', why: bounds },
  { at: '/paths/~1v1~1threads~1{threadId}~1items/get/parameters/9/schema/maxLength', why: bounds },
  { at: '/paths/~1v1~1threads~1{threadId}~1runs/get/parameters/4/schema/maxLength', why: bounds },
];

const additions: readonly Addition[] = [
  { keyword: 'pattern', why: refusals },
  { keyword: 'anyOf', why: refusals },
  { keyword: 'minLength', why: refusals },
  { keyword: 'maxLength', why: refusals },
  { keyword: 'format', why: refusals },
  { keyword: 'dependentRequired', why: refusals },
  ...['oneOf', 'allOf', 'minItems', 'uniqueItems'].map((keyword) => ({ keyword, why: refusals })),
];

const saved: unknown = JSON.parse(readFileSync(new URL('open-api.json', import.meta.url), 'utf8'));

async function currentDocument(): Promise<unknown> {
  await using store = await createStore({ engine: memory() });
  const answer = await createHandler(store)(new Request('http://localhost/openapi.json'));
  return await answer.json();
}

/** The differences without an exception, and the exceptions without a difference. */
function compare(
  current: unknown,
  allowed: readonly Exception[],
): { readonly differences: Difference[]; readonly idle: string[] } {
  const isIn = (at: string, place: string): boolean => at === place || at.startsWith(`${place}/`);
  const isAdded = ({ at, was }: Difference): boolean =>
    was === undefined && (isNew(at) || additions.some(({ keyword }) => at.endsWith(`/${keyword}`)));
  const all = differencesBetween(shapeOf(saved), shapeOf(withoutLinkKey(current))).filter(
    (one) => !isAdded(one),
  );
  return {
    differences: all.filter(({ at }) => !allowed.some((exception) => isIn(at, exception.at))),
    idle: allowed.map(({ at }) => at).filter((place) => !all.some(({ at }) => isIn(at, place))),
  };
}

/**
 * The document without the parameter by which readers of an unlisted thread are let in. It is new
 * wherever a thread is read, and optional.
 */
function withoutLinkKey(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => !isLinkKey(one)).map(withoutLinkKey);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, withoutLinkKey(inner)]);
  return Object.fromEntries(entries);
}

function isLinkKey(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'name' in value && value.name === 'k';
}

/** A path or a schema that was not there: it changes nothing for those who use the others. */
function isNew(at: string): boolean {
  return /^\/(paths|components\/schemas)\/[^/]+$/.test(at);
}

describe('the OpenAPI document', () => {
  test('is what it was, prose and order aside', async () => {
    const { differences, idle } = compare(await currentDocument(), exceptions);
    expect(linesOf(differences)).toBe('');
    expect(idle, 'exceptions that allow nothing: take them out').toEqual([]);
  });
});

describe('a change of the document', () => {
  /** The saved document with one text replaced everywhere. */
  const withText = (from: string, to: string): unknown => {
    const text = JSON.stringify(saved);
    expect(text).toContain(from);
    return JSON.parse(text.replaceAll(from, to));
  };
  const found = (current: unknown, ...allowed: readonly Exception[]): string =>
    linesOf(compare(current, allowed).differences);

  test.each([
    ['path', '"/v1/threads/{threadId}/live"', '"/v1/threads/{threadId}/tail"'],
    ['method', '"patch":{', '"put":{'],
    ['operation id', '"operationId":"createThread"', '"operationId":"makeThread"'],
    ['parameter', '"name":"Idempotency-Key"', '"name":"Retry-Key"'],
    ['bound', '"maxLength":128', '"maxLength":127'],
    ['schema', '"#/components/schemas/NewThread"', '"#/components/schemas/Thread"'],
    ['status', '"201":{', '"202":{'],
    ['code', 'code `key_conflict`', 'code `conflict`'],
    ['property', '"lastPreview":{', '"preview":{'],
  ])('is found: another %s', (_name, from, to) => {
    expect(found(withText(from, to))).not.toBe('');
  });

  test('is told in a line', () => {
    const moved = withText('"operationId":"createThread"', '"operationId":"makeThread"');
    expect(found(moved)).toBe(
      '/paths/~1v1~1threads/post/operationId: was "createThread", is now "makeThread"',
    );
  });

  test('may be of prose, or of the order', () => {
    expect(found(withText('"summary":"Create a thread"', '"summary":"Make one"'))).toBe('');
    expect(found(withText('The thread was made.', 'Made.'))).toBe('');
    expect(found(reversed(saved))).toBe('');
  });

  test('may be one that is listed, and only where it is listed', () => {
    const moved = withText('"operationId":"createThread"', '"operationId":"makeThread"');
    const why = 'a test';
    const at = '/paths/~1v1~1threads/post';
    expect(found(moved, { at, why })).toBe('');
    expect(found(moved, { at: '/paths/~1v1~1thread', why })).not.toBe('');
    expect(compare(saved, [{ at, why }]).idle).toEqual([at]);
  });
});

/** The same document with the members of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([name, inner]) => [name, reversed(inner)]));
}
