/** The same walk over stores in files, whose bytes are searched, too, and on PostgreSQL. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { lsm } from '../../src/engines/lsm/index.ts';
import { sqlite } from '../../src/engines/sqlite/index.ts';
import { compactStore } from '../../src/store/doctor/doctor.ts';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import { inPostgresSchema } from '../support/store/engines-for-testing.ts';
import { describeLeakWalk } from './leak-walk.ts';

const inFiles = {
  lsm: (folder) => lsm({ path: folder }),
  sqlite: (folder) => sqlite({ path: join(folder, 'skein.db') }),
} satisfies Record<string, (folder: string) => Engine>;

for (const [name, create] of Object.entries(inFiles)) {
  if (!isEngineChosen(name)) continue;
  let folder: string;
  describeLeakWalk(
    name,
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'skein-'));
      return {
        open: () => create(folder),
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
      };
    },
    {
      async afterwards(place, redacted) {
        expect(redacted.length).toBeGreaterThan(0);
        await compactStore(place.open());
        for (const file of await readdir(folder)) {
          const bytes = await readFile(join(folder, file));
          expect(
            redacted.filter((text) => bytes.includes(text)),
            file,
          ).toEqual([]);
        }
      },
    },
  );
}

// Each of its answers takes longer, so it gets a part of the threads.
if (isEngineChosen('postgres')) describeLeakWalk('postgres', inPostgresSchema, { threadsMax: 3 });
