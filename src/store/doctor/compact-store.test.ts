import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import type { Engine } from '../../engine/engine.ts';
import { lsm } from '../../engines/lsm/index.ts';
import { memory } from '../../engines/memory/index.ts';
import { sqlite } from '../../engines/sqlite/index.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import { textOf } from '../../shared/parts.ts';
import { scripted } from '../../../test/support/domain/responders-for-testing.ts';
import { readAllRows } from '../../../test/support/store/rows-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { compactStore, doctor } from './doctor.ts';

const seed = seedForTesting();

/** Small buffers make LevelDB write many files on several levels. */
const places = (
  [
    ['lsm', (folder) => lsm({ path: folder, writeBufferSizeBytes: 64 * 1024 })],
    ['sqlite', (folder) => sqlite({ path: join(folder, 'skein.db') })],
  ] satisfies [string, (folder: string) => Engine][]
).filter(([name]) => isEngineChosen(name));

interface Folder extends AsyncDisposable {
  readonly path: string;
  /** The canaries that stand in a file, each with the names of the files. */
  find(canaries: readonly string[]): Promise<string[]>;
}

async function openFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'skein-'));
  return {
    path,
    async find(canaries) {
      const found: string[] = [];
      for (const name of await readdir(path)) {
        const bytes = await readFile(join(path, name));
        for (const canary of canaries) if (bytes.includes(canary)) found.push(`${canary}: ${name}`);
      }
      return found;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A text that no compression shortens. */
function canaryOf(random: SeededRandom): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return times(24, () => letters[random.below(letters.length)]!).join('');
}

const refusing = scripted(({ items }) => {
  const message = items.map(({ parts }) => textOf(parts)).join(' ');
  throw new RunFailure({ code: 'invalid_request', message, retryable: false });
});

/** Writes, and takes back again, in every way in which a text goes for good. */
async function writeAndTakeBack(kit: StoreKit, random: SeededRandom): Promise<readonly string[]> {
  const gone: string[] = [];
  const secret = (): string => {
    const canary = canaryOf(random);
    gone.push(canary);
    return canary;
  };
  const kept = await kit.thread();
  for (let step = 0; step < 30; step++) {
    const noise = times(20, () => canaryOf(random))
      .join(' ')
      .repeat(8);
    await kit.say(kept.id, ...times(20, () => noise));
    const said = await kit.append(kept.id, { text: secret(), metadata: { note: secret() } });
    await kit.append(kept.id, { text: secret(), replacesId: said.id });
    await (
      await kit.owner.runs.start(kept.id, { input: 'go', responder: refusing })
    ).done;
    const doomed = await kit.thread({ title: secret(), tags: [secret()] });
    await kit.say(doomed.id, secret(), noise);
    const documents = kit.store.operator.documents('project');
    await documents.put([{ namespace: ['notes'], key: `${step}`, value: { text: secret() } }]);
    await kit.owner.items.redact(kept.id, [said.id]);
    await kit.owner.threads.delete([doomed.id]);
    await documents.delete([{ namespace: ['notes'], key: `${step}` }]);
  }
  await settled(kit);
  return gone;
}

describe.each(places)('the files of a store on %s', (_name, create) => {
  test(`hold nothing that was redacted or deleted once they are compacted (SEED=${seed})`, async () => {
    await using folder = await openFolder();
    const random = seededRandom(seed);
    let gone: readonly string[] = [];
    {
      await using kit = await openKit({ engine: create(folder.path) });
      gone = await writeAndTakeBack(kit, random);
      expect((await folder.find(gone)).length).toBeGreaterThan(0); // or the search finds nothing
    }
    const before = await readAllRows(create(folder.path));
    expect(gone.filter((canary) => JSON.stringify(before).includes(canary))).toEqual([]);
    await compactStore(create(folder.path));
    expect(await folder.find(gone)).toEqual([]);
    expect(await readAllRows(create(folder.path))).toEqual(before);
    expect(await folder.find(gone)).toEqual([]);
    expect((await doctor(create(folder.path), { repair: false })).problems).toEqual([]);
  });

  test('are compacted again, also if there is nothing in the store', async () => {
    await using folder = await openFolder();
    for (const round of [1, 2]) {
      await compactStore(create(folder.path));
      await using kit = await openKit({ engine: create(folder.path) });
      await kit.say((await kit.thread()).id, `${round}`);
      expect((await kit.owner.threads.list()).data).toHaveLength(round);
    }
  });
});

test.runIf(isEngineChosen('sqlite'))(
  'on sqlite, deleted bytes are overwritten at once, and a reader elsewhere is named',
  async () => {
    await using folder = await openFolder();
    const path = join(folder.path, 'skein.db');
    const canaries = times(20, () => canaryOf(seededRandom(seed)));
    {
      await using kit = await openKit({ engine: sqlite({ path }) });
      const { id } = await kit.thread();
      const said = await kit.say(id, ...canaries);
      await kit.owner.items.redact(
        id,
        said.map((item) => item.id),
      );
    }
    expect(await folder.find(canaries)).toEqual([]); // the last connection has emptied the log
    const { default: Database } = await import('better-sqlite3');
    const earlier = new Database(path);
    earlier.exec('PRAGMA secure_delete = OFF; CREATE TABLE gone (text)');
    for (const canary of canaries) earlier.prepare('INSERT INTO gone VALUES (?)').run(canary);
    earlier.exec('DROP TABLE gone');
    earlier.close();
    expect((await folder.find(canaries)).length).toBeGreaterThan(0);
    const reader = new Database(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM threads').all();
    expect(await codeOf(compactStore(sqlite({ path, busyTimeoutMs: 10 })))).toBe('unavailable');
    reader.close();
    await compactStore(sqlite({ path }));
    expect(await folder.find(canaries)).toEqual([]);
  },
);

test('an engine whose files are not its own says so', async () => {
  expect(await codeOf(compactStore(memory()))).toBe('unavailable');
});
