/**
 * A process that appends to the store in the file that its argument names, from several writers at
 * the same time, and prints a line for each acknowledged append, until it is killed.
 */
import process from 'node:process';
import { createStore } from '../../../../src/store/create-store.ts';
import { sqlite } from '../../../../src/engines/sqlite/index.ts';

const path = process.argv[2] ?? '';
const store = await createStore({ engine: sqlite({ path }) });
const project = store.project('default').as({ userId: 'writer' });
const threads = await project.threads.create([{}, {}, {}]);

await Promise.all(
  Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; ; i++) {
      const thread = threads[(writer + i) % threads.length]!;
      const [item] = await project.items.append(thread.id, [
        { role: 'user', text: `${writer} ${i}` },
      ]);
      process.stdout.write(`${thread.id} ${item?.id}\n`);
    }
  }),
);
