import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import type { ProjectApi } from '../../../src/api/project-api.ts';
import type { Responder } from '../../../src/api/responder.ts';
import { createClient } from '../../../src/client/index.ts';
import { serve, type RunningServer, type ServeOptions } from '../../../src/server/index.ts';
import { createStore, type Store, type StoreOptions } from '../../../src/store/index.ts';
import { sourceOf } from '../domain/source-for-testing.ts';
import { isEngineChosen } from '../engine/chosen-engines-for-testing.ts';
import type { EnginePlace } from '../engine/engine-in-place-for-testing.ts';
import { textIn } from '../store/store-kit-for-testing.ts';
import { until } from '../shared/waits-for-testing.ts';
import { enginePlaces } from '../store/engines-for-testing.ts';
import { LiveReaderForTesting } from './live-reader-for-testing.ts';

const secret = 'a secret of at least thirty-two bytes';
const auth = { mode: 'tokens', jwtSecret: secret } as const;

/** Where people meet: the embedded engine has one process, and a database has two servers. */
const servers = { memory: 1, 'lsm on disk': 1, postgres: 2 } as const;

type PlaceName = keyof typeof servers;

interface PeoplePlace {
  readonly name: string;
  readonly serverCount: number;
  readonly create: () => Promise<EnginePlace>;
}

export const peoplePlaces: readonly PeoplePlace[] = enginePlaces.flatMap(([name, create]) => {
  if (!isPlace(name)) return [];
  const serverCount = servers[name];
  const many = serverCount === 1 ? 'one server' : `${serverCount} servers`;
  return [{ name: `${name}, ${many}`, serverCount, create }];
});

function isPlace(name: string): name is PlaceName {
  return Object.hasOwn(servers, name) && isEngineChosen(name.split(' ')[0]!);
}

interface PeopleOptions extends Pick<StoreOptions, 'feeds' | 'authorize'> {
  readonly responders?: readonly Responder[];
}

/** A person who has signed in, at one of the servers. */
export interface PersonForTesting {
  readonly userId: string;
  readonly api: ProjectApi;
  /** The status of a request of one's own making. */
  readonly status: (method: string, path: string, body?: object) => Promise<number>;
  /** Follows threads from now on, by WebSocket and by server-sent events at once. */
  readonly follow: (...threadIds: readonly string[]) => Promise<LiveReaderForTesting>;
  readonly say: (threadId: string, text: string) => Promise<string>;
  /** The texts that this person reads in the thread. */
  readonly reads: (threadId: string) => Promise<string[]>;
}

/** Servers with real ports on one store, and people who come in by different ones. */
export class PeopleKitForTesting implements AsyncDisposable {
  readonly stores: Store[] = [];
  readonly servers: RunningServer[] = [];
  readonly #place: EnginePlace;
  readonly #readers: LiveReaderForTesting[] = [];
  #comers = 0;

  private constructor(place: EnginePlace) {
    this.#place = place;
  }

  static async open(
    { create, serverCount }: PeoplePlace,
    { responders, ...options }: PeopleOptions = {},
  ): Promise<PeopleKitForTesting> {
    const kit = new PeopleKitForTesting(await create());
    for (let i = 0; i < serverCount; i++) {
      const store = await createStore({
        engine: kit.#place.open(),
        ...options,
        ...(responders && { responders: sourceOf(...responders) }),
      });
      kit.stores.push(store);
      await kit.serve(store, { auth });
    }
    return kit;
  }

  /** Another server on a store of the kit, such as one of a host with its own sessions. */
  async serve(store: Store, options: Omit<ServeOptions, 'store'>): Promise<RunningServer> {
    const server = await serve({ store, port: 0, drainTimeoutMs: 100, ...options });
    this.servers.push(server);
    return server;
  }

  /** Who comes in by the next server. */
  person(userId: string, claims: object = {}): PersonForTesting {
    const { url } = this.servers[this.#comers++ % this.stores.length]!; // there is one a store
    return this.#at(url, userId, { authorization: `Bearer ${jwtOf({ sub: userId, ...claims })}` });
  }

  people<K extends string>(...userIds: readonly K[]): Record<K, PersonForTesting> {
    const entries = userIds.map((userId) => [userId, this.person(userId)]);
    return Object.fromEntries(entries) as Record<K, PersonForTesting>; // one entry a name
  }

  /** Who has not signed in. */
  anonymous(): PersonForTesting {
    const { url } = this.servers[this.#comers++ % this.stores.length]!; // there is one a store
    return this.#at(url, 'nobody', {});
  }

  /** Who is known by the headers of a host, at its server. */
  guest(server: RunningServer, userId: string, headers: Record<string, string>): PersonForTesting {
    return this.#at(server.url, userId, headers);
  }

  #at(url: string, userId: string, headers: Record<string, string>): PersonForTesting {
    const api = createClient({ baseUrl: url, headers });
    return {
      userId,
      api,
      status: async (method, path, body) => {
        const answer = await fetch(url + path, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          ...(body && { body: JSON.stringify(body) }),
        });
        await answer.text();
        return answer.status;
      },
      follow: async (...threadIds) => {
        const threads = await Promise.all(
          threadIds.map(async (id) => ({ id, after: await cursorOf(api, id) })),
        );
        const reader = new LiveReaderForTesting(url, headers, threads);
        this.#readers.push(reader);
        return reader;
      },
      say: async (threadId, text) => {
        const [item] = await api.items.append(threadId, [{ role: 'user', text }]);
        return item!.id;
      },
      reads: async (threadId) =>
        (await api.items.list(threadId, { limit: 1000 })).data.map((item) => textIn(item).trim()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader[Symbol.asyncDispose]()));
    await Promise.all(this.servers.map((server) => server.close()));
    await Promise.all(this.stores.map((store) => store.close()));
    await this.#place[Symbol.asyncDispose]();
  }
}

/** The end of the thread; of one that may not be read there is none. */
async function cursorOf(api: ProjectApi, threadId: string): Promise<string | undefined> {
  return api.items.list(threadId, { limit: 1, order: 'desc' }).then(
    ({ cursor }) => cursor,
    () => undefined,
  );
}

function jwtOf(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** Waits until all of them read the same texts, and these. */
export async function allRead(
  people: readonly PersonForTesting[],
  threadId: string,
  texts: readonly string[],
): Promise<void> {
  for (const { userId, reads } of people) {
    await until(
      async () => (await reads(threadId)).length >= texts.length,
      () => userId,
    );
    expect(await reads(threadId)).toEqual(texts);
  }
}
