/**
 * A child process of the bench: a durable store, served as `skein serve` does. Usage:
 * skein-server.ts DIRECTORY
 */
import { createStore } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { serve } from 'skein/server';
import { runAsChild } from './run-as-child.ts';

const path = process.argv[2];
if (path === undefined) throw new TypeError('The directory is missing.');
const store = await createStore({ engine: lsm({ path }) });
const server = await serve({ store, port: 0 });
runAsChild(server.port, async () => {
  await server.close();
  await store.close();
});
