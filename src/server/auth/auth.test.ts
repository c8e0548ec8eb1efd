import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign as signAny } from 'hono/jwt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import type { Engine } from '../../engine/engine.ts';
import { createHandler } from '../create-handler.ts';
import type { AuthOptions } from './auth-options.ts';
import { routes } from '../routes.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
  type AnswerForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';

const secret = 'a secret of at least thirty-two bytes';
const nowSeconds = Math.floor(Date.now() / 1000);

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A JWT that is good for an hour, unless its claims say otherwise. */
function sign(claims: object, ...how: SignatureForTesting): Promise<string> {
  return signAny({ exp: nowSeconds + 3600, ...claims }, ...how);
}

type SignatureForTesting =
  Parameters<typeof signAny> extends [payload: unknown, ...how: infer How] ? How : never;

function withKit(
  auth: AuthOptions,
  run: (kit: HttpKitForTesting) => Promise<void>,
  createEngine: () => Engine = memory,
): Promise<void> {
  return (async () => {
    await using kit = await HttpKitForTesting.open(createEngine(), { auth });
    await run(kit);
  })();
}

/** Creates a thread with this credential: the simplest action that needs an identity. */
function create(
  kit: HttpKitForTesting,
  token: string | undefined,
  headers = {},
): Promise<AnswerForTesting<{ ownerId: string; projectId: string }>> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return kit.call('POST', '/v1/threads', { json: {}, headers: { ...authorization, ...headers } });
}

function expectUnauthenticated(answer: AnswerForTesting): void {
  expectProblem(answer, 401, 'unauthenticated');
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="skein"');
}

describe('a JWT signed with the secret', () => {
  const auth = { mode: 'tokens', jwtSecret: secret } as const;

  test('names the user and the project', () =>
    withKit(auth, async (kit) => {
      const answer = await create(kit, await sign({ sub: 'alice' }, secret));
      expect([answer.status, answer.json.ownerId, answer.json.projectId]).toEqual([
        201,
        'alice',
        'default',
      ]);
      const other = await create(
        kit,
        await sign(
          { sub: 'bob', project: 'p2', roles: ['x'], exp: nowSeconds + 60, nbf: nowSeconds - 60 },
          secret,
        ),
      );
      expect([other.status, other.json.ownerId, other.json.projectId]).toEqual([201, 'bob', 'p2']);
      // The scheme may have any case, and X-User-Id is ignored.
      const token = await sign({ sub: 'alice' }, secret);
      const third = await create(kit, undefined, {
        authorization: `bearer ${token}`,
        'x-user-id': 'mallory',
      });
      expect(third.json.ownerId).toBe('alice');
    }));

  test('keeps projects apart', () =>
    withKit(auth, async (kit) => {
      const [one, two] = [
        await sign({ sub: 'alice', project: 'p1' }, secret),
        await sign({ sub: 'alice', project: 'p2' }, secret),
      ];
      const { json } = (await create(kit, one)) as AnswerForTesting<{
        id: string;
        ownerId: string;
        projectId: string;
      }>;
      const read = (token: string): Promise<AnswerForTesting> =>
        kit.call('GET', `/v1/threads/${json.id}`, {
          headers: { authorization: `Bearer ${token}` },
        });
      expect((await read(one)).status).toBe(200);
      expectProblem(await read(two), 404, 'not_found');
    }));

  const bad: readonly (readonly [name: string, token: () => string | Promise<string>])[] = [
    [
      'signed with another secret',
      () => sign({ sub: 'alice' }, 'another secret of thirty-two bytes!!'),
    ],
    ['expired', () => sign({ sub: 'alice', exp: nowSeconds - 1 }, secret)],
    [
      'expiring at something that is no time',
      () => sign({ sub: 'alice', exp: 'never' as never }, secret),
    ],
    ['without an expiry', () => signAny({ sub: 'alice' }, secret)],
    ['not valid yet', () => sign({ sub: 'alice', nbf: nowSeconds + 60 }, secret)],
    ['without a user', () => sign({ project: 'p' }, secret)],
    ['with an empty user', () => sign({ sub: '' }, secret)],
    ['with a user that is a number', () => sign({ sub: 5 }, secret)],
    ['with a user beyond 128 characters', () => sign({ sub: 'u'.repeat(129) }, secret)],
    ['with a control character in the user', () => sign({ sub: 'a\nb' }, secret)],
    ['with a project that is an object', () => sign({ sub: 'alice', project: {} }, secret)],
    [
      'of the algorithm none',
      () => `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'alice' })}.`,
    ],
    [
      'of the algorithm NONE with a signature',
      () => `${part({ alg: 'NONE' })}.${part({ sub: 'alice' })}.AAAA`,
    ],
    ['of another symmetric algorithm', () => sign({ sub: 'alice' }, secret, 'HS512')],
    [
      'whose payload was changed',
      async () => {
        const [head, , signature] = (await sign({ sub: 'alice' }, secret)).split('.');
        return `${head}.${part({ sub: 'mallory' })}.${signature}`;
      },
    ],
    [
      'without its signature',
      async () => (await sign({ sub: 'alice' }, secret)).replace(/[^.]*$/, ''),
    ],
    ['whose payload is null', () => `${part({ alg: 'HS256', typ: 'JWT' })}.${part(null)}.AAAA`],
    ['whose header is null', () => `${part(null)}.${part({ sub: 'alice' })}.AAAA`],
    ['whose header is a list', () => `${part([])}.${part({ sub: 'alice' })}.AAAA`],
    [
      'with a critical extension',
      () => `${part({ alg: 'HS256', typ: 'JWT', crit: ['x'] })}.${part({ sub: 'alice' })}.AAAA`,
    ],
    ['of an agent', () => sign({ sub: 'agent:helper' }, secret)],
    [
      'signed with nothing',
      () =>
        `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'alice', exp: nowSeconds + 60 })}.`,
    ],
    [
      'of another type',
      async () => {
        const [, payload, signature] = (await sign({ sub: 'alice' }, secret)).split('.');
        return `${part({ alg: 'HS256', typ: 'JWE' })}.${payload}.${signature}`;
      },
    ],
    ['of four parts', async () => `${await sign({ sub: 'alice' }, secret)}.AAAA`],
    ['that is none', () => 'abc'],
    ['of three empty parts', () => '..'],
    ['that is an unknown server key', () => `sk_${'A'.repeat(43)}`],
    ['that is an unknown user token', () => `ut_${'A'.repeat(43)}`],
  ];

  test.each(bad)('is refused when it is %s', (_name, makeToken) =>
    withKit(auth, async (kit) => expectUnauthenticated(await create(kit, await makeToken()))),
  );

  test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Token abc'])(
    'cannot be sent as %j',
    (authorization) =>
      withKit(auth, async (kit) => {
        expectUnauthenticated(await create(kit, undefined, { authorization }));
        // An invalid credential differs from none, even if none is needed.
        expectUnauthenticated(
          await kit.call('GET', '/v1/threads?visibility=public', { headers: { authorization } }),
        );
      }),
  );

  test('must match the audience and the issuer', () =>
    withKit({ ...auth, audience: 'skein', issuer: 'https://id.example' }, async (kit) => {
      const claims = { sub: 'alice', aud: ['other', 'skein'], iss: 'https://id.example' };
      expect((await create(kit, await sign(claims, secret))).status).toBe(201);
      for (const change of [
        { aud: 'other' },
        { aud: undefined },
        { iss: 'https://evil.example' },
        { iss: undefined },
      ]) {
        expectUnauthenticated(await create(kit, await sign({ ...claims, ...change }, secret)));
      }
    }));

  test('is refused once it expires, though it was accepted before', () =>
    withKit(auth, async (kit) => {
      const token = await sign({ sub: 'alice', exp: nowSeconds + 3600 }, secret);
      expect((await create(kit, token)).status).toBe(201);
      vi.useFakeTimers({ toFake: ['Date'], now: (nowSeconds + 3601) * 1000 });
      try {
        expectUnauthenticated(await create(kit, token));
      } finally {
        vi.useRealTimers();
      }
    }));

  test('may lack its expiry only where an option says so', () =>
    withKit({ ...auth, acceptsJwtWithoutExpiry: true }, async (kit) => {
      expect((await create(kit, await signAny({ sub: 'alice' }, secret))).status).toBe(201);
      const expired = await signAny({ sub: 'alice', exp: nowSeconds - 1 }, secret);
      expectUnauthenticated(await create(kit, expired));
    }));

  test('without its expiry is refused with the reason', () =>
    withKit(auth, async (kit) => {
      const answer = await create(kit, await signAny({ sub: 'alice' }, secret));
      expectUnauthenticated(answer);
      expect(answer.text).toContain('`exp`');
    }));

  test('is refused if only server keys are configured', () =>
    withKit({ mode: 'tokens' }, async (kit) =>
      expectUnauthenticated(await create(kit, await sign({ sub: 'alice' }, secret))),
    ));

  test('an empty secret is a mistake', async () => {
    await using kit = await HttpKitForTesting.open(memory());
    expect(() => createHandler(kit.store, { auth: { mode: 'tokens', jwtSecret: '' } })).toThrow(
      TypeError,
    );
  });
});

describe('a JWT signed with a published key', () => {
  const server = createServer((_request, response) => {
    fetched++;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: published }));
  });
  let fetched = 0;
  let status = 200;
  let published: (object | null)[] = [];
  let keys: Record<'RS256' | 'ES256', CryptoKeyPair>;
  let auth: AuthOptions;

  async function privateJwk(
    alg: 'RS256' | 'ES256',
    kid: string = alg,
  ): Promise<JsonWebKey & { kid: string; alg: string }> {
    return { ...(await crypto.subtle.exportKey('jwk', keys[alg].privateKey)), kid, alg };
  }

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    auth = {
      mode: 'tokens',
      jwtSecret: secret,
      jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    };
    const rsa = {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    };
    keys = {
      RS256: await crypto.subtle.generateKey(rsa, true, ['sign', 'verify']),
      ES256: await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
        'sign',
        'verify',
      ]),
    };
    const publicJwk = async (alg: 'RS256' | 'ES256'): Promise<object> => ({
      ...(await crypto.subtle.exportKey('jwk', keys[alg].publicKey)),
      kid: alg,
      use: 'sig',
    });
    published = [null, await publicJwk('RS256'), await publicJwk('ES256')];
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test.each(['RS256', 'ES256'] as const)('is accepted: %s; and the keys are fetched once', (alg) =>
    withKit(auth, async (kit) => {
      fetched = 0;
      const tokens = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (sub) => sign({ sub }, await privateJwk(alg), alg)),
      );
      const answers = await Promise.all(tokens.map((token) => create(kit, token)));
      expect(answers.map(({ json }) => json.ownerId)).toEqual(['a', 'b', 'c', 'd']);
      expect(fetched).toBe(1);
    }),
  );

  test('is refused with the algorithm confused, or a key that is not published', () =>
    withKit(auth, async (kit) => {
      const rsa = await privateJwk('RS256');
      // The public key used as the secret of HS256.
      const publicText = JSON.stringify(published[1]);
      const confused = await sign({ sub: 'alice' }, publicText, 'HS256');
      const [, payload, signature] = confused.split('.');
      const tokens = [
        confused,
        `${part({ alg: 'HS256', typ: 'JWT', kid: 'RS256' })}.${payload}.${signature}`,
        `${part({ alg: 'none', typ: 'JWT', kid: 'RS256' })}.${payload}.`,
        // A key of another kind than the algorithm needs, for which the crypto library throws.
        `${part({ alg: 'RS256', typ: 'JWT', kid: 'ES256' })}.${payload}.${signature}`,
        `${part({ alg: 'ES256', typ: 'JWT', kid: 'RS256' })}.${payload}.${signature}`,
        await sign({ sub: 'alice' }, { ...rsa, kid: 'unknown' }, 'RS256'),
        `${part({ alg: 'RS256', typ: 'JWT' })}.${payload}.${signature}`,
        await sign({ sub: 'alice', exp: nowSeconds - 5 }, rsa, 'RS256'),
      ];
      for (const token of tokens) expectUnauthenticated(await create(kit, token));
      expect((await create(kit, await sign({ sub: 'alice' }, secret))).status).toBe(201);
    }));

  /** A token that brings the key by which it wants to be verified. */
  async function bringing(header: (key: JsonWebKey) => object): Promise<string> {
    const own = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const jwk = await crypto.subtle.exportKey('jwk', own.publicKey);
    const named = { alg: 'ES256', typ: 'JWT', kid: 'ES256', ...header(jwk) };
    const signed = `${part(named)}.${part({ sub: 'alice', exp: nowSeconds + 60 })}`;
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(how, own.privateKey, Buffer.from(signed));
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  }

  test('is refused with a key that the token itself brings or names an address of', () =>
    withKit(auth, async (kit) => {
      fetched = 0;
      const headers: readonly ((key: JsonWebKey) => object)[] = [
        () => ({}),
        (jwk) => ({ jwk }),
        (jwk) => ({ jwk, kid: undefined }),
        () => ({ jku: `http://127.0.0.1:${(server.address() as AddressInfo).port}/own` }),
        () => ({ x5u: 'http://127.0.0.1/own', x5c: ['AAAA'] }),
      ];
      for (const header of headers)
        expectUnauthenticated(await create(kit, await bringing(header)));
      expect(fetched).toBe(1);
    }));

  test('asks for unknown keys at a limited rate', () =>
    withKit(auth, async (kit) => {
      fetched = 0;
      const rsa = await privateJwk('RS256');
      for (let i = 0; i < 5; i++) {
        expectUnauthenticated(
          await create(kit, await sign({ sub: `u${i}` }, { ...rsa, kid: `unknown-${i}` }, 'RS256')),
        );
      }
      expect(fetched).toBe(1);
    }));

  test('gets 503 until the keys have been fetched once', () =>
    withKit(auth, async (kit) => {
      status = 500;
      try {
        const answer = await create(
          kit,
          await sign({ sub: 'alice' }, await privateJwk('RS256'), 'RS256'),
        );
        expectProblem(answer, 503, 'unavailable');
      } finally {
        status = 200;
      }
    }));
});

describe.each(enginesForTesting)('a server key on %s', (_engine, createEngine) => {
  test('acts for the user that the request names, and mints tokens for users', () =>
    withKit(
      { mode: 'tokens' },
      async (kit) => {
        const { secret: key, id } = await kit.store.keys.create({
          projectId: 'p1',
          name: 'backend',
        });
        const answer = await create(kit, key, { 'x-user-id': 'alice' });
        expect([answer.status, answer.json.ownerId, answer.json.projectId]).toEqual([
          201,
          'alice',
          'p1',
        ]);
        const nameless = await create(kit, key);
        expectUnauthenticated(nameless);
        expect(nameless.text).toContain('X-User-Id');
        // curl sends UTF-8, which arrives as one character per byte.
        const utf8 = Buffer.from('josé').toString('latin1');
        expect((await create(kit, key, { 'x-user-id': utf8 })).json.ownerId).toBe('josé');

        const authorization = { authorization: `Bearer ${key}` };
        const minted = await kit.call<{ token: string; expiresAt: string }>('POST', '/v1/tokens', {
          json: { userId: 'bob', ttlSeconds: 60 },
          headers: authorization,
        });
        expect(minted.status).toBe(201);
        expect(minted.json.token).toMatch(/^ut_[A-Za-z0-9_-]{43}$/);
        expect(Date.parse(minted.json.expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
        const asBob = await create(kit, minted.json.token);
        expect([asBob.json.ownerId, asBob.json.projectId]).toEqual(['bob', 'p1']);
        for (const json of [
          {},
          { userId: '' },
          { userId: 'bob', ttlSeconds: 0 },
          { userId: 'bob', ttlSeconds: 86_401 },
          { userId: 'a\u0000b' },
          { userId: 'bob', projectId: 'p2' },
        ]) {
          expectProblem(
            await kit.call('POST', '/v1/tokens', { json, headers: authorization }),
            400,
            'invalid_request',
          );
        }
        // Users cannot issue tokens.
        expectProblem(
          await kit.call('POST', '/v1/tokens', {
            json: { userId: 'bob' },
            headers: { authorization: `Bearer ${minted.json.token}` },
          }),
          403,
          'forbidden',
        );
        expectUnauthenticated(await kit.call('POST', '/v1/tokens', { json: { userId: 'bob' } }));

        await kit.store.keys.revoke(id);
        expectUnauthenticated(await create(kit, key, { 'x-user-id': 'alice' }));
      },
      createEngine,
    ));
});

describe.each(enginesForTesting)('without a credential on %s', (_engine, createEngine) => {
  test('only what is public can be read', () =>
    withKit(
      { mode: 'tokens', jwtSecret: secret },
      async (kit) => {
        const alice = { authorization: `Bearer ${await sign({ sub: 'alice' }, secret)}` };
        for (const visibility of ['private', 'unlisted', 'public']) {
          await kit.must(201, 'POST', '/v1/threads', {
            json: { id: visibility, visibility, items: [{ role: 'user', text: 'x' }] },
            headers: alice,
          });
        }
        const { shareUrl } = await kit.must<{ shareUrl: string }>(
          200,
          'GET',
          '/v1/threads/unlisted/share',
          { headers: alice },
        );
        const { search } = new URL(shareUrl);
        for (const id of ['unlisted', 'public']) {
          const query = id === 'unlisted' ? search : '';
          expect((await kit.call('GET', `/v1/threads/${id}${query}`)).status).toBe(200);
          expect((await kit.call('GET', `/v1/threads/${id}/items${query}`)).status).toBe(200);
          const append = await kit.call('POST', `/v1/threads/${id}/items`, {
            json: { items: [{ role: 'user', text: 'x' }] },
          });
          expectUnauthenticated(append);
        }
        expectUnauthenticated(await kit.call('GET', '/v1/threads/unlisted'));
        for (const id of ['private', 'not-there']) {
          expectUnauthenticated(await kit.call('GET', `/v1/threads/${id}`));
          expectUnauthenticated(await kit.call('DELETE', `/v1/threads/${id}`));
        }
        expectUnauthenticated(await kit.call('GET', '/v1/threads'));
        const list = await kit.must<{ data: { id: string }[] }>(
          200,
          'GET',
          '/v1/threads?visibility=public',
        );
        expect(list.data.map(({ id }) => id)).toEqual(['public']);
      },
      createEngine,
    ));

  test('no route changes anything', () =>
    withKit(
      { mode: 'tokens' },
      async (kit) => {
        const { secret: key } = await kit.store.keys.create({ projectId: 'default', name: 'k' });
        const alice = { authorization: `Bearer ${key}`, 'x-user-id': 'alice' };
        const { id } = await kit.must<{ id: string }>(201, 'POST', '/v1/threads', {
          json: { visibility: 'public', items: [{ role: 'user', text: 'x' }] },
          headers: alice,
        });
        const { data } = await kit.must<{ data: { id: string }[] }>(
          200,
          'GET',
          `/v1/threads/${id}/items`,
          { headers: alice },
        );
        for (const { method, path, body } of routes.filter((route) => route.method !== 'GET')) {
          const values: Record<string, string> = {
            threadId: id,
            itemId: data[0]!.id,
            scopeType: 's',
            scopeId: '1',
          };
          const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name]!);
          const json =
            body === undefined ? {} : { json: path.endsWith('/fork') ? {} : body.example };
          const answer = await kit.call(method, filled, json);
          expect([400, 401, 404], `${method} ${path}: ${answer.text}`).toContain(answer.status);
        }
        expect(await kit.must(200, 'GET', `/v1/threads/${id}`, { headers: alice })).toMatchObject({
          version: expect.any(Number),
          itemCount: 1,
          title: expect.any(String),
        });
      },
      createEngine,
    ));

  test('the routes of operation answer', () =>
    withKit(
      { mode: 'tokens' },
      async (kit) => {
        for (const { path } of routes.filter(({ access }) => access === 'none')) {
          expect((await kit.call('GET', path)).status, path).toBe(200);
        }
      },
      createEngine,
    ));
});

describe('in local mode', () => {
  const send = (kit: HttpKitForTesting, url: string, headers = {}): Promise<Response> =>
    kit.handler(new Request(url, { headers }));

  test('any process on this machine may act as any user', () =>
    withKit({ mode: 'local' }, async (kit) => {
      expect((await create(kit, undefined)).json).toMatchObject({
        ownerId: 'local',
        projectId: 'default',
      });
      expect((await create(kit, undefined, { 'x-user-id': 'alice' })).json.ownerId).toBe('alice');
      const urls = [
        'http://localhost:4000',
        'http://127.0.0.1:4000',
        'http://[::1]:4000',
        'http://127.1.2.3',
        'http://LOCALHOST',
      ];
      for (const url of urls) expect((await send(kit, `${url}/v1/threads`)).status, url).toBe(200);
      const own = {
        origin: 'http://localhost:4000',
        host: 'localhost:4000',
        'sec-fetch-site': 'same-origin',
      };
      expect((await send(kit, 'http://localhost:4000/v1/threads', own)).status).toBe(200);
    }));

  const foreign: readonly (readonly [
    name: string,
    url: string,
    headers: Record<string, string>,
  ])[] = [
    ['another host', 'http://evil.example/v1/threads', {}],
    ['another host in the header', 'http://localhost/v1/threads', { host: 'evil.example' }],
    ['a host that begins like this one', 'http://127.0.0.1.evil.example/v1/threads', {}],
    ['a host that ends like this one', 'http://evil-localhost/v1/threads', {}],
    [
      'a user name like this host',
      'http://localhost/v1/threads',
      { host: 'localhost@evil.example' },
    ],
    ['an address of the network', 'http://192.168.0.1/v1/threads', {}],
    ['every address', 'http://0.0.0.0/v1/threads', {}],
    [
      'a page of another origin',
      'http://localhost:4000/v1/threads',
      { origin: 'https://evil.example' },
    ],
    [
      'a page of another port',
      'http://localhost:4000/v1/threads',
      { origin: 'http://localhost:3000' },
    ],
    [
      'a page of the other scheme',
      'http://localhost:4000/v1/threads',
      { origin: 'https://localhost:4000' },
    ],
    [
      'a page of another name of this machine',
      'http://localhost:4000/v1/threads',
      { origin: 'http://127.0.0.1:4000' },
    ],
    ['a page without an origin', 'http://localhost:4000/v1/threads', { origin: 'null' }],
    [
      'a picture on another page',
      'http://localhost:4000/v1/threads',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'a script on another page',
      'http://localhost:4000/openapi.json',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    ],
    ['metrics for another page', 'http://evil.example/metrics', {}],
  ];

  test.each(foreign)('a request is refused from %s', (_name, url, headers) =>
    withKit({ mode: 'local' }, async (kit) => {
      const response = await send(kit, url, headers);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        403,
        'forbidden',
      ]);
      // The previous request must not help this one.
      expect((await send(kit, 'http://localhost:4000/v1/threads')).status).toBe(200);
      expect((await send(kit, url, headers)).status).toBe(403);
    }),
  );

  test('a link from another page to the documentation works', () =>
    withKit({ mode: 'local' }, async (kit) => {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
      expect((await send(kit, 'http://localhost:4000/docs', headers)).status).toBe(200);
    }));
});

describe('in a host application', () => {
  test('the host says who asks', () =>
    withKit(
      {
        mode: 'host',
        identify(request) {
          const session = request.headers.get('cookie');
          return session === null ? { projectId: 'shop' } : { projectId: 'shop', userId: session };
        },
      },
      async (kit) => {
        const answer = await create(kit, undefined, {
          cookie: 'alice',
          origin: 'https://shop.example',
        });
        expect([answer.status, answer.json.ownerId, answer.json.projectId]).toEqual([
          201,
          'alice',
          'shop',
        ]);
        expectUnauthenticated(await create(kit, undefined));
      },
    ));
});
