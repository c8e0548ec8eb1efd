/**
 * A child process of the bench: a durable store, served as `skein serve` does. Usage:
 * skein-server.ts DIRECTORY [JWT_SECRET]
 */
import { createStore } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { serve } from 'skein/server';
import { runAsChild } from './run-as-child.ts';

const [, , path, jwtSecret] = process.argv;
if (path === undefined) throw new TypeError('The directory is missing.');
const store = await createStore({ engine: lsm({ path }) });
const auth = jwtSecret === undefined ? undefined : ({ mode: 'tokens', jwtSecret } as const);
const server = await serve({ store, port: 0, ...(auth && { auth }) });
runAsChild(server.port, async () => {
  await server.close();
  await store.close();
});
