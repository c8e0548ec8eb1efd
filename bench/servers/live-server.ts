/**
 * A child process of the bench: a durable store, served as `skein serve` does, to more live readers
 * than a server admits by default. Usage: live-server.ts DIRECTORY
 */
import { createStore } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { serve } from 'skein/server';
import { runAsChild } from './run-as-child.ts';

const tailsMax = 10_000;

const [, , path] = process.argv;
if (path === undefined) throw new TypeError('The directory is missing.');
const store = await createStore({ engine: lsm({ path }) });
const limits = { liveTailCountMax: tailsMax, liveTailCountPerUserMax: tailsMax };
const server = await serve({ store, port: 0, ...limits });
runAsChild(server.port, async () => {
  await server.close();
  await store.close();
});
