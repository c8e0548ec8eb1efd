/**
 * A process that opens several stores on one database at the same moment, as several servers would,
 * and uses each. It first waits for a line on stdin. Arguments: the number, the engine, and its
 * place: `sqlite FILE` or `postgres URL SCHEMA`. Prints a line for each store.
 */
import { once } from 'node:events';
import process from 'node:process';
import type { Engine } from '../../../src/engine/engine.ts';
import { postgres } from '../../../src/engines/postgres/index.ts';
import { sqlite } from '../../../src/engines/sqlite/index.ts';
import { createStore } from '../../../src/store/index.ts';

const [count = '', kind = '', place = '', schema = ''] = process.argv.slice(2);

function createEngine(): Engine {
  if (kind === 'sqlite') return sqlite({ path: place });
  return postgres({ url: place, schema, connectionsMax: 2 });
}

process.stdout.write('waiting\n');
await once(process.stdin, 'data');
process.stdin.destroy();

await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    await using store = await createStore({ engine: createEngine() });
    const project = store.project('default').as({ userId: 'u' });
    const [thread] = await project.threads.create([{ items: [{ role: 'user', text: 'hi' }] }]);
    process.stdout.write(`opened ${thread!.itemCount}\n`);
  }),
);
