import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { expect, type TestContext } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { testOfEngine } from '../support/engine/chosen-engines-for-testing.ts';
import { lsm } from '../../src/engines/lsm/index.ts';
import { toLsmConfig } from '../../src/engines/lsm/lsm-config.ts';
import { LsmEngine } from '../../src/engines/lsm/lsm-engine.ts';
import { openDatabase } from '../../src/engines/lsm/open-database.ts';
import { temporaryFolder } from '../support/engines/lsm/temporary-folder.ts';
import { watchedMemory } from '../support/engines/lsm/watched-level.ts';
import { postgres } from '../../src/engines/postgres/index.ts';
import { postgresUrlForTesting } from '../support/engines/postgres/database-for-testing.ts';
import { sqlite } from '../../src/engines/sqlite/index.ts';
import type { Item } from '../../src/api/item.ts';
import type { Page } from '../../src/api/page.ts';
import type { Thread } from '../../src/api/thread.ts';
import { expectProblem, HttpKitForTesting } from '../support/server/http-kit-for-testing.ts';
import { doctor } from '../../src/store/index.ts';
import { until } from '../support/shared/waits-for-testing.ts';

const run = promisify(execFile);

const title =
  'a full disk makes writes unavailable, loses nothing, and once there is space everything works again';

testOfEngine('lsm')(`lsm: ${title}`, (context) => fillSmallDisk(context, (path) => lsm({ path })));

// Less room than the log takes, but enough for what a restart would write.
testOfEngine('lsm')('lsm: the same where only little space is freed', (context) => {
  const disk = { sizeBytes: 8 * 1024 ** 2, freedBytes: 1024 ** 2, createText: repetitiveText };
  return fillSmallDisk(context, (path) => lsm({ path }), disk);
});

testOfEngine('sqlite')(`sqlite: ${title}`, (context) => {
  return fillSmallDisk(context, (path) => sqlite({ path }));
});

// Its tables are on the small disk, but not its log: a server that cannot write its log exits.
testOfEngine('postgres')(`postgres: ${title}`, async (context) => {
  const url = new URL(await postgresUrlForTesting());
  const client = new Client(url.href);
  await client.connect();
  const name = `small_${randomBytes(6).toString('hex')}`;
  url.searchParams.set('options', `-c default_tablespace=${name}`);
  try {
    await fillSmallDisk(context, () => postgres({ url: url.href, schema: name }), {
      prepare: async (path) => {
        await mkdir(path);
        await letServerIn(client, path);
        await client.query(`CREATE TABLESPACE ${name} LOCATION '${path}'`);
      },
      tidyUp: async () => {
        await client.query('SET client_min_messages = warning');
        await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
        await client.query(`DROP TABLESPACE IF EXISTS ${name}`);
      },
    });
  } finally {
    await client.end();
  }
});

/** If the tests run as root, the server runs as another user, who owns its files. */
async function letServerIn(client: Client, path: string): Promise<void> {
  const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
  const { uid, gid } = await stat(rows[0]!.data_directory);
  await chown(path, uid, gid);
  await chmod(dirname(dirname(path)), 0o755);
}

interface DiskOptions {
  readonly sizeBytes?: number;
  readonly freedBytes?: number;
  readonly createText?: () => string;
  readonly prepare?: (path: string) => Promise<void>;
  readonly tidyUp?: () => Promise<void>;
}

/** It cannot be compressed. */
const randomText = (bytes: number): string => randomBytes(bytes).toString('base64');

/** It compresses to a twentieth. */
const repetitiveText = (): string => `${randomText(100)} again and again`.repeat(350);

async function fillSmallDisk(
  context: TestContext,
  createEngine: (path: string) => Engine,
  options: DiskOptions = {},
): Promise<void> {
  const { sizeBytes = 24 * 1024 ** 2, freedBytes = 14 * 1024 ** 2 } = options;
  const { createText, prepare, tidyUp } = options;
  await using folder = await temporaryFolder();
  const mountPath = folder.pathOf('small');
  await mkdir(mountPath);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'skein-test', mountPath]);
  } catch (error) {
    context.skip(`This machine cannot mount a small disk: ${String(error)}`);
  }
  try {
    const ballast = folder.pathOf('small/ballast');
    await writeFile(ballast, Buffer.alloc(freedBytes));
    const path = folder.pathOf('small/data');
    await prepare?.(path);
    await fillAndFree({
      engine: () => createEngine(path),
      createText: createText ?? (() => randomText(48 * 1024)),
      free: () => rm(ballast),
    });
  } finally {
    await tidyUp?.();
    await run('umount', ['--lazy', mountPath]);
  }
}

testOfEngine('lsm').each(['before', 'after'] as const)(
  'lsm: the same when each write fails %s it reaches the database',
  async (moment) => {
    const watched = watchedMemory();
    let writes = 0;
    watched.hooks[moment] = () => {
      if (++writes === lastWrite) watched.hooks.before = fail;
      if (writes >= lastWrite) fail();
    };
    const config = toLsmConfig({ store: watched.database });
    await fillAndFree({
      engine: () => new LsmEngine(config, openDatabase, 20),
      createText: () => randomText(10),
      free: () => void (watched.hooks = {}),
    });
  },
);

/** Some writes of these make the store itself. */
const lastWrite = 80;

function fail(): never {
  throw Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
}

interface SmallDisk {
  /** A new engine on the same data. */
  readonly engine: () => Engine;
  readonly createText: () => string;
  readonly free: () => unknown;
}

/** Appends until the disk is full, checks reads, frees space, and sends the refused items again. */
async function fillAndFree({ engine, createText, free }: SmallDisk): Promise<void> {
  const client = new DiskClient(createText);
  {
    await using kit = await HttpKitForTesting.open(engine());
    const threads = await Promise.all([1, 2, 3].map(() => kit.createThread()));
    await Promise.all(threads.map((thread) => client.fill(kit, thread)));
    expect(client.kept.size).toBeGreaterThan(10);
    expect(client.refused.size).toBe(threads.length);
    // Only writes have stopped.
    await expectLog(kit, threads, client);
    expect((await kit.call('GET', '/healthz')).status).toBe(200);
    expectProblem(await kit.call('GET', '/readyz'), 503, 'unavailable');

    await free();
    await whileReading(kit, threads, async () => {
      await untilReady(kit);
      await client.repeat(kit);
    });
    for (const { id } of threads) await client.append(kit, id, 201);
    await expectLog(kit, threads, client);
  }
  await using reopened = await HttpKitForTesting.open(engine());
  const { data } = await reopened.must<Page<Thread>>(200, 'GET', '/v1/threads');
  await expectLog(reopened, data, client);
  await reopened.store.close();
  expect((await doctor(engine(), { repair: false })).problems).toEqual([]);
}

/** Pages and heads are read without a gap: no reader notices how writes become possible again. */
async function whileReading(
  kit: HttpKitForTesting,
  threads: readonly Thread[],
  use: () => Promise<void>,
): Promise<void> {
  let isDone = false;
  const reading = threads.map(async ({ id }) => {
    for (let i = 0; !isDone || i === 0; i++) {
      const path = `/v1/threads/${id}`;
      await kit.must(200, 'GET', i % 2 === 0 ? `${path}/items?limit=10&view=log` : path);
      await nextTurn(); // a store in memory answers without one
    }
  });
  try {
    await use();
  } finally {
    isDone = true;
    await Promise.all(reading);
  }
}

/** The store notices by itself that there is space. */
function untilReady(kit: HttpKitForTesting): Promise<void> {
  return until(async () => (await kit.call('GET', '/readyz')).status === 200);
}

/** Remembers, by key, the items that were acknowledged and those that were refused. */
class DiskClient {
  readonly kept: Map<string, Item> = new Map();
  readonly refused: Map<string, { readonly threadId: string; readonly text: string }> = new Map();
  readonly #createText: () => string;
  #count = 0;

  constructor(createText: () => string) {
    this.#createText = createText;
  }

  async fill(kit: HttpKitForTesting, { id }: Thread): Promise<void> {
    while ((await this.append(kit, id, [201, 503])) === 201);
  }

  async append(
    kit: HttpKitForTesting,
    threadId: string,
    expected: number | readonly number[],
  ): Promise<number> {
    const sent = { threadId, text: this.#createText() };
    return this.#send(kit, `key-${this.#count++}`, sent, [expected].flat());
  }

  /** Sends again what was refused, now that there is space. */
  async repeat(kit: HttpKitForTesting): Promise<void> {
    for (const [key, item] of this.refused) await this.#send(kit, key, item, [200, 201]);
  }

  async #send(
    kit: HttpKitForTesting,
    key: string,
    item: { readonly threadId: string; readonly text: string },
    expected: readonly number[],
  ): Promise<number> {
    const json = { items: [{ role: 'user', key, text: item.text }] };
    const answer = await kit.call<{ data: Item[] }>('POST', `/v1/threads/${item.threadId}/items`, {
      json,
    });
    expect(expected, answer.text.slice(0, 300)).toContain(answer.status);
    if (answer.status === 503) {
      expectProblem(answer, 503, 'unavailable');
      this.refused.set(key, item);
    } else {
      this.refused.delete(key);
      this.kept.set(key, answer.json.data[0]!);
    }
    return answer.status;
  }
}

/**
 * Every acknowledged item is stored once and unchanged; beyond that, at most the refused ones; the
 * heads agree.
 */
async function expectLog(
  kit: HttpKitForTesting,
  threads: readonly Thread[],
  { kept, refused }: DiskClient,
): Promise<void> {
  const keys: (string | undefined)[] = [];
  for (const { id } of threads) {
    const path = `/v1/threads/${id}`;
    const { data } = await kit.must<Page<Item>>(200, 'GET', `${path}/items?limit=1000&view=log`);
    const ids = data.map((item) => item.id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    for (const item of data) expectAsAnswered(item, kept.get(item.key ?? ''));
    keys.push(...data.map(({ key }) => key));
    const head = await kit.must<Thread>(200, 'GET', path);
    expect([head.itemCount, head.lastItemId]).toEqual([data.length, ids.at(-1) ?? null]);
    expect(head.lastPreview).toBe(textOf(data.at(-1)).slice(0, 100));
  }
  // A failed write may have reached the disk: then it is the first attempt of the one repeated
  // later.
  const settled = keys.filter((key) => key !== undefined && !refused.has(key));
  expect(settled.toSorted()).toEqual([...kept.keys()].toSorted());
  expect(keys).toHaveLength(new Set(keys).size);
}

/** Without `toEqual`, whose report of a difference would have megabytes. */
function expectAsAnswered(item: Item, answered: Item | undefined): void {
  const isSame = answered === undefined || JSON.stringify(item) === JSON.stringify(answered);
  expect(isSame, `item ${item.id} is as it was acknowledged`).toBe(true);
}

function textOf(item: Item | undefined): string {
  return String(item?.parts[0]?.text ?? '');
}
