import Database from 'better-sqlite3';
import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformance, type Subject } from '../../engine/conformance/index.ts';
import { testOfEngine } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { sqlite, type SqliteDriver } from './index.ts';

const capabilities = { durable: true, atomicAcrossPartitions: true, shared: true };

// With a driver from the caller, writes run in the thread that reads.
for (const [name, driver] of Object.entries({
  sqlite: undefined,
  'sqlite, one thread': Database,
})) {
  conformance({
    name,
    test: testOfEngine('sqlite'),
    capabilities,
    factory: () => createSubject(driver),
  });
}

/**
 * A crash leaves what the file system has at that moment. The old engine keeps writing to files
 * that no other engine reads.
 */
async function createSubject(driver: SqliteDriver | undefined): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  let crashes = 0;
  const home = (): string => join(folder, `after-${crashes}-crashes`);
  await mkdir(home());
  const open = () => sqlite({ path: join(home(), 'skein.db'), ...(driver && { driver }) });
  return {
    open,
    reopen: open,
    crash: () => {
      const before = home();
      crashes++;
      cpSync(before, home(), { recursive: true });
    },
    destroy: () => rm(folder, { recursive: true, force: true }),
  };
}
