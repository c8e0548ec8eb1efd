import { conformance, type Subject } from '../../engine/conformance/index.ts';
import { testOfEngine } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { postgres } from './index.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import {
  proxyForTesting,
  type ProxyForTesting,
} from '../../../test/support/engines/postgres/proxy-for-testing.ts';

conformance({
  name: 'postgres',
  test: testOfEngine('postgres'),
  capabilities: { durable: true, atomicAcrossPartitions: true, shared: true },
  factory: createSubject,
});

/** A crashed process is cut off from its server, which ends what it was doing for the process. */
async function createSubject(): Promise<Subject> {
  const database = await schemaForTesting();
  let proxy: ProxyForTesting | undefined;
  const open = async () => {
    await proxy?.[Symbol.asyncDispose]();
    proxy = await proxyForTesting(database.url);
    const connection = { application_name: database.schema };
    return postgres({ url: proxy.url, schema: database.schema, patienceMs: 60_000, connection });
  };
  return {
    open,
    reopen: open,
    crash: async () => {
      proxy?.close();
      await database.query(
        'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1',
        [database.schema],
      );
    },
    destroy: async () => {
      await proxy?.[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
