/** The store as a library: a thread, its items, a page, an edit, and a live reader. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore } from 'skein';
import { lsm } from 'skein/engines/lsm';

const path = await mkdtemp(join(tmpdir(), 'skein-quickstart-'));
{
  await using store = await createStore({ engine: lsm({ path }) });
  const project = store.project('proj_123').as({ userId: 'u1' }); // every call knows who asks

  const [thread] = await project.threads.create([
    { scopeType: 'ticket', scopeId: 'T-101', title: 'Support' },
  ]);
  if (!thread) throw new Error('one in, one out');
  const [first] = await project.items.append(thread.id, [
    { role: 'user', text: 'This is critical.', key: 'msg-1', requestId: 'req_abc' },
    { role: 'assistant', text: 'I am on it.', runId: 'run_1', spanId: 'answer' },
  ]);
  if (!first) throw new Error('two in, two out');

  const page = await project.items.list(thread.id, { order: 'desc', limit: 50 });
  console.log(page.data.map(({ role, parts }) => [role, parts[0]?.text]));

  // A retry under the same key adds nothing, and an edit takes the place of what it replaces.
  await project.items.append(thread.id, [
    { role: 'user', text: 'This is critical.', key: 'msg-1' },
  ]);
  await project.items.append(thread.id, [
    { role: 'user', text: 'This is urgent.', replacesId: first.id },
  ]);

  for await (const event of project.threads.live(thread.id, { after: page.cursor })) {
    if (event.type === 'change') console.log(event.change.type, event.item?.parts[0]?.text);
    if (event.type === 'head') break; // caught up
  }
}
await rm(path, { recursive: true });
