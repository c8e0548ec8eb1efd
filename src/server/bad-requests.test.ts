import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../api/limits.ts';
import { enginesForTesting } from '../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
  type RequestForTesting,
} from '../../test/support/server/http-kit-for-testing.ts';

/**
 * A request that must be rejected: its name, the request, the status and code, and the faulty
 * field.
 */
interface BadRequest {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly request?: RequestForTesting;
  readonly status?: number;
  readonly code?: string;
  /** One of the `errors` names this path. */
  readonly at?: string;
}

const items = '/v1/threads/t1/items';
const raw = (body: BodyInit, contentType = 'application/json'): RequestForTesting => ({
  body,
  headers: { 'content-type': contentType },
});
const append = (item: unknown): RequestForTesting => ({ json: { items: [item] } });
const message = (fields: object): RequestForTesting =>
  append({ role: 'user', text: 'x', ...fields });
const nested = (depth: number, inside = ''): string =>
  '['.repeat(depth) + inside + ']'.repeat(depth);

/** So many values in one part that parsing them would keep the server from everything else. */
const values = (count: number): string => {
  const data = Array.from({ length: count }, () => '1').join();
  return `{"items":[{"role":"user","parts":[{"type":"data-x","data":[${data}]}]}]}`;
};

const bodiesOfMany: BadRequest[] = [
  { name: 'too many numbers', request: raw(values(limits.bodyValuesMax)) },
  { name: 'millions of them', request: raw(values(5_000_000)) },
  { name: 'too many empty lists', request: raw(`[${'[],'.repeat(limits.bodyValuesMax)}[]]`) },
  { name: 'too many pairs', request: raw(`{${'"a":0,'.repeat(limits.bodyValuesMax)}"b":1}`) },
  { name: 'a million items', request: raw(`{"items":[${'0,'.repeat(999_999)}0]}`) },
  { name: 'too many and broken', request: raw('1,'.repeat(limits.bodyValuesMax + 1)) },
].map((request) => ({ ...request, status: 413, code: 'payload_too_large' }));

const brokenBodies: BadRequest[] = [
  { name: 'empty body', request: raw('') },
  { name: 'no body at all' },
  { name: 'broken JSON', request: raw('{"items": [') },
  { name: 'two JSON values', request: raw('{} {}') },
  { name: 'a trailing comma', request: raw('{"items": [],}') },
  { name: 'single quotes', request: raw("{'items': []}") },
  { name: 'NaN', request: raw('{"items": [NaN]}') },
  { name: 'broken UTF-8', request: raw(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])) },
  {
    name: 'UTF-8 cut off',
    request: raw(new Uint8Array([...Buffer.from('{"items":[{"role":"user","text":"'), 0xf0, 0x9f])),
  },
  { name: 'UTF-16', request: raw(new Uint8Array(Buffer.from('{"items":[]}', 'utf16le'))) },
  { name: 'a body that is an array', request: { json: [] } },
  { name: 'a body that is a string', request: { json: 'items' } },
  { name: 'a body that is null', request: { json: null } },
  { name: 'a body that is a number', request: { json: 1 } },
  {
    name: 'no content type',
    request: { body: new Uint8Array(Buffer.from('{"items":[]}')) },
    at: 'Content-Type',
  },
  { name: 'text', request: raw('{"items":[]}', 'text/plain'), at: 'Content-Type' },
  {
    name: 'a form',
    request: raw('items=1', 'application/x-www-form-urlencoded'),
    at: 'Content-Type',
  },
  {
    name: 'another character set',
    request: raw('{"items":[]}', 'application/json; charset=utf-16'),
    at: 'Content-Type',
  },
  { name: 'almost JSON', request: raw('{"items":[]}', 'application/jsonp'), at: 'Content-Type' },
  { name: 'nested 100,000 levels deep', request: raw(nested(100_000)) },
  {
    name: 'nested deep around a number that would be changed',
    request: raw(nested(100_000, '12345678901234567890')),
  },
  {
    name: 'an integer beyond 2^53',
    request: raw('{"items":[{"role":"user","parts":[{"type":"x","n":9007199254740993}]}]}'),
  },
  {
    name: 'a number beyond a double',
    request: raw('{"items":[{"role":"user","parts":[{"type":"x","n":1e400}]}]}'),
  },
];

const brokenReactions: BadRequest[] = [
  ...['x', 'ok', '%F0%9F%91%8D%F0%9F%91%8D', ':Name:', '%20'].map((emoji) => ({ emoji })),
  { emoji: `:${'a'.repeat(63)}:` },
].flatMap(({ emoji }) =>
  ['PUT', 'DELETE'].map((method) => ({
    name: `${method} of a reaction that is no emoji: ${emoji}`,
    method,
    path: `${items}/019aa000-0000-7000-8000-000000000000/reactions/${emoji}`,
    at: 'emoji',
  })),
);

const feedback = `${items}/019aa000-0000-7000-8000-000000000000/feedback`;
const brokenFeedback: BadRequest[] = [
  ...[{}, { rating: 'so-so' }, { rating: null }].map((json) => ({ json, at: 'rating' })),
  ...['', 'x'.repeat(4001), 1, null].map((comment) => ({
    json: { rating: 'up', comment },
    at: 'comment',
  })),
].map(({ json, at }) => ({
  name: `feedback ${JSON.stringify(json).slice(0, 40)}`,
  method: 'PUT',
  path: feedback,
  request: { json },
  at,
}));

const brokenItems: BadRequest[] = [
  { name: 'items missing', request: { json: {} }, at: 'items' },
  { name: 'items null', request: { json: { items: null } }, at: 'items' },
  { name: 'items an object', request: { json: { items: { length: 1 } } }, at: 'items' },
  { name: 'an item that is null', request: append(null), at: 'items.0' },
  { name: 'an item that is an array', request: append([]), at: 'items.0' },
  {
    name: '1,001 items',
    request: { json: { items: Array.from({ length: 1001 }, () => ({ role: 'user', text: 'x' })) } },
  },
  { name: '90,000 items', request: raw(`{"items":[${'0,'.repeat(89_999)}0]}`), at: 'items' },
  { name: 'role missing', request: append({ text: 'x' }), at: 'items.0.role' },
  { name: 'role unknown', request: append({ role: 'robot', text: 'x' }), at: 'items.0.role' },
  { name: 'neither parts nor text', request: append({ role: 'user' }) },
  { name: 'both parts and text', request: message({ parts: [{ type: 'text', text: 'y' }] }) },
  { name: 'text a number', request: append({ role: 'user', text: 1 }), at: 'items.0.text' },
  { name: 'parts an object', request: append({ role: 'user', parts: {} }), at: 'items.0.parts' },
  { name: 'a part without a type', request: append({ role: 'user', parts: [{ text: 'x' }] }) },
  { name: 'a part that is null', request: append({ role: 'user', parts: [null] }) },
  {
    name: 'a text part without text',
    request: append({ role: 'user', parts: [{ type: 'text' }] }),
  },
  {
    name: 'a text part whose text is a number',
    request: append({ role: 'user', parts: [{ type: 'text', text: 1 }] }),
    at: 'items.0.parts.0.text',
  },
  {
    name: 'a part nested 70 levels deep',
    request: raw(`{"items":[{"role":"user","parts":[{"type":"x","v":${nested(70)}}]}]}`),
  },
  { name: 'parts beyond 1 MiB', request: message({ text: 'x'.repeat(limits.partsBytesMax) }) },
  {
    name: 'a key beyond 128 characters',
    request: message({ key: 'k'.repeat(129) }),
    at: 'items.0.key',
  },
  { name: 'an empty key', request: message({ key: '' }), at: 'items.0.key' },
  {
    name: 'a control character in the key',
    request: message({ key: 'a\u0007b' }),
    at: 'items.0.key',
  },
  { name: 'a lone surrogate in the key', request: message({ key: 'a\ud800' }), at: 'items.0.key' },
  {
    name: 'a key used twice in one request',
    request: {
      json: {
        items: [
          { role: 'user', text: 'a', key: 'k' },
          { role: 'user', text: 'b', key: 'k' },
        ],
      },
    },
    status: 409,
    code: 'key_conflict',
  },
  {
    name: 'visibility unknown',
    request: message({ visibility: 'secret' }),
    at: 'items.0.visibility',
  },
  { name: 'private not a boolean', request: message({ private: 'yes' }), at: 'items.0.private' },
  { name: 'attempt zero', request: message({ attempt: 0 }), at: 'items.0.attempt' },
  { name: 'attempt a fraction', request: message({ attempt: 1.5 }), at: 'items.0.attempt' },
  { name: 'metadata an array', request: message({ metadata: [] }), at: 'items.0.metadata' },
  {
    name: 'metadata beyond 64 KiB',
    request: message({ metadata: { a: 'x'.repeat(65_536) } }),
    at: 'items.0.metadata',
  },
  {
    name: 'an unknown field of an item',
    request: message({ colour: 'red' }),
    at: 'items.0.colour',
  },
  { name: 'an unknown field of the body', request: { json: { items: [], dry: true } }, at: 'dry' },
  {
    name: '__proto__ in the body',
    request: raw('{"items":[],"__proto__":{"admin":true}}'),
    at: '__proto__',
  },
  {
    name: '__proto__ in an item',
    request: raw('{"items":[{"role":"user","text":"x","__proto__":{"private":true}}]}'),
    at: 'items.0.__proto__',
  },
  {
    name: 'constructor in an item',
    request: raw('{"items":[{"role":"user","text":"x","constructor":{"prototype":{}}}]}'),
    at: 'items.0.constructor',
  },
  { name: 'a parent that is no id', request: message({ parentId: 'x' }), status: 400 },
  {
    name: 'an id given by the client',
    request: message({ id: '0192f0c1-7e1a-7000-8000-0123456789ab' }),
    at: 'items.0.id',
  },
  {
    name: 'createdAt given by the client',
    request: message({ createdAt: '2020-01-01T00:00:00.000Z' }),
    at: 'items.0.createdAt',
  },
];

const threads = { method: 'POST', path: '/v1/threads' };
const patch = { method: 'PATCH', path: '/v1/threads/t1' };

const brokenThreads: BadRequest[] = [
  { ...threads, name: 'an id with a slash', request: { json: { id: 'a/b' } }, at: 'id' },
  { ...threads, name: 'an id that is ..', request: { json: { id: '..' } }, at: 'id' },
  { ...threads, name: 'an empty id', request: { json: { id: '' } }, at: 'id' },
  {
    ...threads,
    name: 'an id beyond 128 characters',
    request: { json: { id: 'i'.repeat(129) } },
    at: 'id',
  },
  {
    ...threads,
    name: 'an id in use with other content',
    request: { json: { id: 't1', title: 'other' } },
    status: 409,
    code: 'conflict',
  },
  { ...threads, name: 'a mode unknown', request: { json: { mode: 'chat' } }, at: 'mode' },
  {
    ...threads,
    name: 'a title beyond 200 characters',
    request: { json: { title: 't'.repeat(201) } },
    at: 'title',
  },
  {
    ...threads,
    name: 'a control character in the title',
    request: { json: { title: 'a\nb' } },
    at: 'title',
  },
  {
    ...threads,
    name: 'a lone surrogate in the title',
    request: { json: { title: '\udc00' } },
    at: 'title',
  },
  { ...threads, name: 'a scope without its id', request: { json: { scopeType: 'ticket' } } },
  { ...threads, name: 'tags not an array', request: { json: { tags: 'a' } }, at: 'tags' },
  { ...threads, name: 'a tag that is a number', request: { json: { tags: [1] } }, at: 'tags.0' },
  {
    ...threads,
    name: '21 tags',
    request: { json: { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) } },
    at: 'tags',
  },
  {
    ...threads,
    name: 'an owner of its own choice',
    request: { json: { ownerId: 'bob' } },
    at: 'ownerId',
  },
  {
    ...threads,
    name: 'a project of its own choice',
    request: { json: { projectId: 'p2' } },
    at: 'projectId',
  },
  {
    ...threads,
    name: 'a first item that is wrong',
    request: { json: { items: [{ role: 'user', parts: [{}] }] } },
  },
  {
    ...threads,
    name: 'an Idempotency-Key beyond 128 characters',
    request: { json: {}, headers: { 'idempotency-key': 'k'.repeat(129) } },
    at: 'Idempotency-Key',
  },
  {
    ...threads,
    name: 'an Idempotency-Key that is not UTF-8',
    request: { json: {}, headers: { 'idempotency-key': '\xff' } },
    at: 'Idempotency-Key',
  },
  {
    ...threads,
    name: 'an empty X-User-Id',
    request: { json: {}, headers: { 'x-user-id': '' } },
    at: 'X-User-Id',
  },
  {
    ...threads,
    name: 'an X-User-Id beyond 128 characters',
    request: { json: {}, headers: { 'x-user-id': 'u'.repeat(129) } },
    at: 'X-User-Id',
  },
  {
    ...patch,
    name: 'a patch of an unknown field',
    request: { json: { modes: 'group' } },
    at: 'modes',
  },
  {
    ...patch,
    name: 'archived not a boolean',
    request: { json: { archived: 'true' } },
    at: 'archived',
  },
  { ...patch, name: 'title null', request: { json: { title: null } }, at: 'title' },
  {
    ...patch,
    name: 'If-Match without quotes',
    request: { json: { title: 'x' }, headers: { 'if-match': '1' } },
    at: 'If-Match',
  },
  {
    ...patch,
    name: 'If-Match that is empty',
    request: { json: { title: 'x' }, headers: { 'if-match': '' } },
    at: 'If-Match',
  },
  {
    ...patch,
    name: 'If-Match of another version',
    request: { json: { title: 'x' }, headers: { 'if-match': '"999"' } },
    status: 412,
    code: 'precondition_failed',
  },
  {
    ...patch,
    name: 'If-Match of version 0',
    request: { json: { title: 'x' }, headers: { 'if-match': '"0"' } },
    status: 412,
    code: 'precondition_failed',
  },
  {
    ...patch,
    name: 'If-Match that is weak',
    request: { json: { title: 'x' }, headers: { 'if-match': 'W/"1"' } },
    status: 412,
    code: 'precondition_failed',
  },
  {
    name: 'PUT of a scope with a control character',
    method: 'PUT',
    path: '/v1/scopes/a%00b/c/thread',
  },
  {
    name: 'PUT of a scope beyond 128 characters',
    method: 'PUT',
    path: `/v1/scopes/${'s'.repeat(129)}/c/thread`,
  },
  {
    name: 'a fork at something that is no item',
    method: 'POST',
    path: '/v1/threads/t1/fork',
    request: { json: { atItemId: 5 } },
    at: 'atItemId',
  },
  {
    name: 'an edge of an unknown type',
    method: 'POST',
    path: '/v1/threads/t1/edges',
    request: { json: { edges: [{ fromItemId: 'a', toItemId: 'b', type: 'loves' }] } },
    at: 'edges.0.type',
  },
  {
    name: 'an edge between things that are no ids',
    method: 'POST',
    path: '/v1/threads/t1/edges',
    request: { json: { edges: [{ fromItemId: 'a', toItemId: 'b', type: 'caused_by' }] } },
  },
  {
    name: 'a token in local mode',
    method: 'POST',
    path: '/v1/tokens',
    request: { json: { userId: 'bob' } },
    status: 401,
    code: 'unauthenticated',
  },
];

const get = (name: string, path: string, more: Partial<BadRequest> = {}): BadRequest => ({
  name,
  method: 'GET',
  path,
  ...more,
});

const brokenQueries: BadRequest[] = [
  ...['0', '-1', '1001', 'abc', '1e3', '', '5.5', '0x10', '+5', '99999999999999999999'].map(
    (limit) =>
      get(`limit=${limit}`, `${items}?limit=${encodeURIComponent(limit)}`, { at: 'limit' }),
  ),
  get('a limit twice', `${items}?limit=1&limit=2`, { at: 'limit' }),
  get('an unknown parameter', `${items}?offset=5`, { at: 'offset' }),
  get('a parameter where there are none', '/v1/threads/t1?full=true', { at: 'full' }),
  get('__proto__ as a parameter', `${items}?__proto__=1`, { at: '__proto__' }),
  get('toString as a parameter', '/v1/threads?toString=1', { at: 'toString' }),
  get('an order unknown', `${items}?order=random`, { at: 'order' }),
  get('a view unknown', `${items}?view=all`, { at: 'view' }),
  get('a cursor that is none', `${items}?after=xyz`, { at: 'after' }),
  get('a cursor that is JSON', `${items}?after=${Buffer.from('["a",{}]').toString('base64url')}`, {
    at: 'after',
  }),
  get('a cursor beyond all bounds', `${items}?after=${'A'.repeat(5000)}`, { at: 'after' }),
  get('an empty cursor', `${items}?after=`, { at: 'after' }),
  get('after and before', `${items}?after=a&before=b`),
  get(
    'an item that is not there as a cursor',
    `${items}?after=0192f0c1-7e1a-7000-8000-0123456789ab`,
    { at: 'after' },
  ),
  get('a live cursor that is none', '/v1/threads/t1/live?after=xyz', { at: 'after' }),
  get('a Last-Event-ID that is none', '/v1/threads/t1/live', {
    request: { headers: { 'last-event-id': 'xyz' } },
    at: 'after',
  }),
  get('no thread to follow', '/v1/live', { at: 'thread' }),
  get('too many threads to follow', `/v1/live?${'thread=t1&'.repeat(51)}`, { at: 'thread' }),
  get('a thread to follow twice', '/v1/live?thread=t1&thread=t1', { at: 'threads.1.id' }),
  get('a thread without a name to follow', '/v1/live?thread=', { at: 'thread.0' }),
  get('half a scope', '/v1/threads?scopeType=a'),
  get('archived neither true nor false', '/v1/threads?archived=1', { at: 'archived' }),
  get('broken percent-encoding in a parameter', '/v1/threads?tag=%zz', { at: 'tag' }),
  get('a parameter that is not UTF-8', '/v1/threads?tag=%ff', { at: 'tag' }),
];

const item = `${items}/019aa000-0000-7000-8000-000000000000`;

const brokenAttachments: BadRequest[] = [
  get('an order of replies unknown', `${item}/replies?order=random`, { at: 'order' }),
  get('too many replies', `${item}/replies?limit=1001`, { at: 'limit' }),
  get('replies in a view', `${item}/replies?view=log`, { at: 'view' }),
  get('revisions in an order', `${item}/revisions?order=desc`, { at: 'order' }),
  get('no revisions', `${item}/revisions?limit=0`, { at: 'limit' }),
  get('no pins', '/v1/threads/t1/pins?limit=0', { at: 'limit' }),
  get('a cursor of pins that is none', '/v1/threads/t1/pins?after=xyz', { at: 'after' }),
  get('pins in an order', '/v1/threads/t1/pins?order=asc', { at: 'order' }),
  ...['PUT', 'DELETE'].map((method) => ({
    name: `${method} of a pin with a version that is none`,
    method,
    path: `${item}/pin`,
    request: { headers: { 'if-match': 'x' } },
    at: 'If-Match',
  })),
];

const notAllowed = { status: 405, code: 'method_not_allowed' };
const missing = { status: 404, code: 'not_found' } as const;

const brokenPaths: BadRequest[] = [
  get('an unknown path', '/v1/nothing', missing),
  get('a path above the root', '/v1/threads/../../../etc/passwd', missing),
  get('a path above the root, encoded', '/v1/threads/%2e%2e/%2e%2e/etc/passwd', missing),
  get('a slash inside an id', '/v1/threads/a%2Fb', missing),
  get('a slash at the end', '/v1/threads/', missing),
  get('two slashes', '/v1//threads', missing),
  get('a null character in an id', '/v1/threads/t1%00', missing),
  get('a line end in an id', '/v1/threads/t1%0d%0aX: y', missing),
  get('a space in an id', '/v1/threads/t%201', missing),
  get('an id in the path beyond 128 characters', `/v1/threads/${'i'.repeat(129)}`, missing),
  get('broken percent-encoding', '/v1/threads/%zz', { at: 'path' }),
  get('percent-encoding that is not UTF-8', '/v1/threads/%ff%fe', { at: 'path' }),
  get('percent-encoding cut off', '/v1/threads/%e2%82', { at: 'path' }),
  get('an item that is no id', `${items}/__proto__`, missing),
  get('an item in capitals', `${items}/0192F0C1-7E1A-7000-8000-0123456789AB`, missing),
  { name: 'a method that is not offered', method: 'PUT', path: items, ...notAllowed },
  { name: 'an unknown method', method: 'PROPFIND', path: '/v1/threads', ...notAllowed },
  {
    name: 'DELETE of an item that is not there',
    method: 'DELETE',
    path: `${items}/0192f0c1-7e1a-7000-8000-0123456789ab`,
    ...missing,
  },
];

const seen = '/v1/inbox/seen';
const brokenInbox: BadRequest[] = [
  {
    name: 'typing of maybe',
    path: '/v1/threads/t/typing',
    request: { json: { on: 'x' } },
    at: 'on',
  },
  {
    name: 'a channel of maybe',
    method: 'GET',
    path: '/v1/live?thread=t&presence=x',
    at: 'presence',
  },
  { name: 'an inbox of what is neither', path: seen, request: { json: {} } },
  { name: 'an inbox of all', path: seen, request: { json: { all: true } }, at: 'all' },
  { name: 'an inbox before noon', path: seen, request: { json: { before: 'noon' } }, at: 'before' },
  {
    name: 'an inbox of 101 ids',
    path: seen,
    request: { json: { ids: Array.from({ length: 101 }, () => 'x') } },
    at: 'ids',
  },
  {
    name: 'an inbox of an empty id',
    path: seen,
    request: { json: { ids: [''] } },
    at: 'ids.0',
  },
  { name: 'an inbox of maybe', method: 'GET', path: '/v1/inbox?unseen=maybe', at: 'unseen' },
  { name: 'an inbox after nothing', method: 'GET', path: '/v1/inbox?after=x', at: 'after' },
  {
    name: '51 mentions',
    request: message({
      text: undefined,
      parts: Array.from({ length: 51 }, () => ({ type: 'mention', userId: 'ada' })),
    }),
    at: 'items.0.parts',
  },
  {
    name: 'a mention of nobody',
    request: message({ text: undefined, parts: [{ type: 'mention', userId: '' }] }),
    at: 'items.0.parts.0.userId',
  },
];

const hugeBodies: BadRequest[] = [
  {
    name: 'a body of 16 MiB and a byte',
    request: raw('x'.repeat(limits.bodyBytesMax + 1)),
    status: 413,
    code: 'payload_too_large',
  },
  {
    name: 'a body that says it is huge',
    request: {
      ...raw('{}'),
      headers: { 'content-type': 'application/json', 'content-length': '99999999999' },
    },
    status: 413,
    code: 'payload_too_large',
  },
  {
    name: 'a body that says it is small',
    request: {
      ...raw('x'.repeat(limits.bodyBytesMax + 1)),
      headers: { 'content-type': 'application/json', 'content-length': '2' },
    },
    status: 413,
    code: 'payload_too_large',
  },
];

const badRequests = [
  ...brokenBodies,
  ...brokenItems,
  ...brokenReactions,
  ...brokenAttachments,
  ...brokenFeedback,
  ...brokenThreads,
  ...brokenQueries,
  ...brokenPaths,
  ...brokenInbox,
  ...hugeBodies,
  ...bodiesOfMany,
];

describe.each(enginesForTesting)('a bad request on %s', (_engine, createEngine) => {
  let kit: HttpKitForTesting;
  let before: string;

  beforeAll(async () => {
    kit = await HttpKitForTesting.open(createEngine());
    const { id } = await kit.createThread({ id: 't1', title: 'T', tags: ['a'] }, 'alice');
    await kit.append(
      id,
      [
        { role: 'user', text: 'hello', key: 'first' },
        { role: 'assistant', text: 'hi' },
      ],
      'alice',
    );
    before = await kit.dump(['alice', 'local']);
  });

  afterAll(async () => {
    // After all of them, and after each one below, nothing has changed.
    expect(await kit.dump(['alice', 'local'])).toBe(before);
    await kit[Symbol.asyncDispose]();
  });

  test('is one of at least 60', () => {
    expect(badRequests.length).toBeGreaterThanOrEqual(60);
    expect(new Set(badRequests.map(({ name }) => name)).size).toBe(badRequests.length);
  });

  test.each(badRequests)(
    '$name',
    async ({
      method = 'POST',
      path = items,
      request = {},
      status = 400,
      code = 'invalid_request',
      at,
    }) => {
      const isNamed = request.headers?.['x-user-id'] !== undefined;
      const answer = await kit.call(
        method,
        path,
        isNamed ? request : { ...request, user: 'alice' },
      );
      const problem = expectProblem(answer, status, code);
      if (at !== undefined) expect(problem.errors?.map((issue) => issue.path)).toContain(at);
      expect(await kit.dump(['alice', 'local'])).toBe(before);
    },
  );

  test('leaves nothing in prototypes', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect('admin' in {}).toBe(false);
  });

  describe('with a key of 5 MB', () => {
    const long = 'k'.repeat(5_000_000);
    const deep = (value: unknown, depth: number): unknown =>
      depth === 0 ? value : { a: deep(value, depth - 1) };
    const bodies: readonly (readonly [string, unknown])[] = [
      ['of the body', { [long]: 1 }],
      ['of an item', { items: [{ role: 'user', text: 'x', [long]: 1 }] }],
      ['with dots', { ['k.'.repeat(2_500_000)]: 1 }],
      ['around what is nested too deeply', message({ metadata: { [long]: deep(1, 80) } }).json],
      ['as a value that must be another', { items: [{ role: long, text: 'x' }] }],
    ];

    test.each(bodies)('%s, is answered with little of it', async (_where, json) => {
      const answer = await kit.call('POST', items, { json, user: 'alice' });
      expectProblem(answer, 400, 'invalid_request');
      expect(answer.text.length).toBeLessThan(2000);
      expect(answer.text).not.toContain('k'.repeat(101));
    });

    test('a number of 5 MB is, too', async () => {
      const json = `{"items":[{"role":"user","text":"x","metadata":{"n":${'9'.repeat(5_000_000)}}}]}`;
      const answer = await kit.call('POST', items, { ...raw(json), user: 'alice' });
      expectProblem(answer, 400, 'invalid_request');
      expect(answer.text).not.toContain('9'.repeat(101));
    });
  });

  test('a body of as many values as it may have is not one', async () => {
    const texts = [
      values(limits.bodyValuesMax - 8),
      // Commas, brackets and quotes within texts are no values.
      JSON.stringify({ items: [{ role: 'user', text: ',[{"\\"'.repeat(50_000) }] }),
    ];
    const { id } = await kit.createThread({ id: 'many' }, 'bob');
    for (const text of texts) {
      const sent = { ...raw(text), user: 'bob' };
      expect((await kit.call('POST', `/v1/threads/${id}/items`, sent)).status).toBe(201);
    }
  });
});
