/**
 * A child process of the bench: a durable store, served as `skein serve` does. The names of its
 * models encode their answers (`script/…` chunk by chunk, `sdk/…` through the AI SDK). Usage:
 * answer-server.ts DIRECTORY
 */
import { createStore, type Responder } from 'skein';
import { createResponder } from 'skein/adapters/ai-sdk';
import { lsm } from 'skein/engines/lsm';
import { serve } from 'skein/server';
import { createScriptedModel, scriptedResponder, scriptOf } from '../answers/scripted-answers.ts';
import { runAsChild } from './run-as-child.ts';

const path = process.argv[2];
if (path === undefined) throw new TypeError('The directory is missing.');

function find(name: string): Responder | undefined {
  const script = scriptOf(name);
  if (script === undefined) return undefined;
  if (!name.startsWith('sdk/')) return scriptedResponder(script);
  return createResponder({ name, model: createScriptedModel(script) });
}

const responders = { list: () => [], find: (_kind: unknown, name: string) => find(name) };
const store = await createStore({ engine: lsm({ path }), responders });
const server = await serve({ store, port: 0 });
runAsChild(server.port, async () => {
  await server.close();
  await store.close();
});
