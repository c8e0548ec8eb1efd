import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../src/engine/fault/seeded-random.ts';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import { doctor, type Item, type ProjectApi } from '../../src/store/index.ts';
import { seedForTesting } from '../support/store/seed-for-testing.ts';
import { allPages, times } from '../support/store/store-kit-for-testing.ts';
import { ClusterForTesting } from '../support/cluster/cluster.ts';
import {
  sharedPostgres,
  sharedSqlite,
  type SharedDatabaseForTesting,
} from '../support/cluster/shared-database.ts';
import { WriterForTesting, type WrittenThread } from '../support/cluster/writer.ts';
import { pauseAtRandom, until } from '../support/shared/waits-for-testing.ts';

const serverCount = 4;
const threadCount = 10;
const writerCount = 12;
const seed = seedForTesting();

const databases = { sqlite: sharedSqlite, postgres: sharedPostgres };

const troubles = {
  sqlite: 'another program writes to the file',
  postgres: 'connections are cut and the database restarts',
};

for (const engine of ['sqlite', 'postgres'] as const) {
  describe.runIf(isEngineChosen(engine))(`four servers on one database of ${engine}`, () => {
    test(`lose and double nothing while one is killed, ${troubles[engine]} (SEED=${seed})`, async () => {
      await using database = await databases[engine]();
      await proveCluster(database);
    });
  });
}

async function proveCluster(database: SharedDatabaseForTesting): Promise<void> {
  await using cluster = await ClusterForTesting.start(database.address, serverCount);
  const clients = cluster.servers.map((server) => server.client());
  const threads = await createThreads(clients[0]!);
  const readers = clients.map((client) => new Reader(client, threads));
  const fire = new Fire(database, cluster, seededRandom(seed));
  const { repeated } = await writeUnder(fire, cluster, threads);
  for (const server of cluster.servers) await until(() => server.isReady());
  for (const reader of readers) await reader.readTo(threads);
  for (const thread of threads) await checkThread(thread, clients, readers);
  expect((await doctor(database.createEngine(), { repair: false })).problems).toEqual([]);
  report(cluster, threads, { repeated, disturbances: fire.disturbances });
}

async function createThreads(client: ProjectApi): Promise<WrittenThread[]> {
  const created = await client.threads.create(times(threadCount, () => ({})));
  return Promise.all(
    created.map(async ({ id }) => {
      const { cursor } = await client.items.list(id);
      return { id, start: cursor, acknowledged: new Map(), newestId: '' };
    }),
  );
}

/** Every server is written to throughout. Ends when every append was acknowledged. */
async function writeUnder(
  fire: Fire,
  { servers }: ClusterForTesting,
  threads: readonly WrittenThread[],
): Promise<{ repeated: number }> {
  // Half of the writers leave retries to their client, half retry by themselves, relying on their
  // keys.
  const clients = [{}, { retries: 0 }].map((options) =>
    servers.map((server) => server.client({ ...options, timeoutMs: 10_000 })),
  );
  const writers = times(writerCount, (i) => {
    return new WriterForTesting(`w${i}`, clients[i % 2]!, seededRandom(seed + i));
  });
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const repeated = (): number => sum(writers.map((writer) => writer.repeated));
  const acknowledged = (): number => sum(threads.map((thread) => thread.acknowledged.size));
  let isOver = false;
  const writing = Promise.all(writers.map((writer) => writer.run(threads, () => isOver)));
  // A failing writer is noticed at once, not only after the disturbances.
  await Promise.race([writing, fire.burn({ repeated, acknowledged })]);
  isOver = true;
  await writing;
  return { repeated: repeated() };
}

/** What the writers have done so far. */
interface Written {
  readonly repeated: () => number;
  readonly acknowledged: () => number;
}

/** The disturbances of a cluster during its writes. */
class Fire {
  readonly #database: SharedDatabaseForTesting;
  readonly #cluster: ClusterForTesting;
  readonly #random: SeededRandom;
  disturbances = 0;

  constructor(
    database: SharedDatabaseForTesting,
    cluster: ClusterForTesting,
    random: SeededRandom,
  ) {
    this.#database = database;
    this.#cluster = cluster;
    this.#random = random;
  }

  /** The database is disturbed all the time, except while it is down. */
  async burn({ repeated, acknowledged }: Written): Promise<void> {
    await this.#disturbUntil(20, () => acknowledged() > 25);
    const victim = this.#random.pick(this.#cluster.servers);
    await victim.kill();
    await this.#disturbUntil(5, () => repeated() > 0);
    let hasStarted = false;
    const starting = victim.start().then(() => (hasStarted = true));
    // A server that does not start is noticed at once.
    await Promise.race([this.#disturbUntil(20, () => hasStarted), starting.then(() => never)]);
    await this.#disturbUntil(15);
    await this.#database.interrupt(this.#random);
    const before = acknowledged();
    await this.#disturbUntil(30, () => acknowledged() > before + 25);
  }

  /** Disturbs `count` times, and then until the condition holds. */
  async #disturbUntil(count: number, isSo: () => boolean = () => true): Promise<void> {
    for (let i = 0; i < count || !isSo(); i++) {
      await pauseAtRandom(this.#random, 150);
      await this.#database.disturb(this.#random);
      this.disturbances++;
    }
  }
}

const never = new Promise<never>(() => undefined);

/** Follows all threads on one server from their beginning. */
class Reader {
  readonly seen: ReadonlyMap<string, Item[]>;
  readonly #stop = new AbortController();
  readonly #reading: Promise<unknown>;

  constructor(client: ProjectApi, threads: readonly WrittenThread[]) {
    this.seen = new Map(threads.map(({ id }) => [id, []]));
    this.#reading = Promise.all(threads.map((thread) => this.#read(client, thread)));
  }

  async #read(client: ProjectApi, { id, start }: WrittenThread): Promise<void> {
    const options = { after: start, signal: this.#stop.signal };
    for await (const event of client.threads.live(id, options)) {
      if (event.type === 'item') this.seen.get(id)!.push(event.item);
    }
  }

  /** Reads until it has seen the newest item of every thread, and ends. */
  async readTo(threads: readonly WrittenThread[]): Promise<void> {
    const isBehind = ({ id, newestId }: WrittenThread): boolean =>
      this.seen.get(id)!.at(-1)?.id !== newestId;
    // A reader that fails is noticed at once.
    await Promise.race([until(() => !threads.some(isBehind)), this.#reading]);
    this.#stop.abort();
    await this.#reading;
  }
}

/**
 * Every acknowledged item is stored once, and nothing else; readers saw the same, and the heads
 * agree on each server.
 */
async function checkThread(
  { id, acknowledged, newestId }: WrittenThread,
  clients: readonly ProjectApi[],
  readers: readonly Reader[],
): Promise<void> {
  const log = await allPages((after) => {
    return clients[0]!.items.list(id, { view: 'log', limit: 1000, ...(after && { after }) });
  });
  const ids = log.map((item) => item.id);
  expect(ids).toEqual([...new Set(ids)].toSorted());
  expect(log.map((item) => [item.key, item.id]).toSorted()).toEqual([...acknowledged].toSorted());
  for (const { key, parts } of log) expect(parts[0]?.text).toBe(`The text of ${key}.`);
  for (const { seen } of readers) {
    expect(seen.get(id)!.map((item) => item.id)).toEqual(ids);
    expect(seen.get(id)).toEqual(log);
  }
  for (const client of clients) {
    const { itemCount, lastItemId } = await client.threads.get(id);
    expect([itemCount, lastItemId]).toEqual([log.length, newestId]);
  }
}

/** Reports how much was tested, and fails if it was too little. */
function report(
  { servers }: ClusterForTesting,
  threads: readonly WrittenThread[],
  counts: { readonly repeated: number; readonly disturbances: number },
): void {
  const { repeated, disturbances } = counts;
  const acknowledged = threads.reduce((sum, thread) => sum + thread.acknowledged.size, 0);
  const tails = servers.reduce((sum, { tailsOpened }) => sum + tailsOpened, 0);
  // oxlint-disable-next-line no-console -- how much of a test this was is part of its report
  console.info(
    `${acknowledged} items acknowledged, ${repeated} requests repeated, ${disturbances} disturbances, ` +
      `${tails} live tails opened by ${serverCount * threadCount} readers`,
  );
  expect(acknowledged).toBeGreaterThan(50);
  expect(disturbances).toBeGreaterThan(5);
  expect(repeated).toBeGreaterThan(0);
  // At least the tails of the killed server were reopened.
  expect(tails).toBeGreaterThanOrEqual((serverCount + 1) * threadCount);
}
