import { expect, test } from 'vitest';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import { serveInMemory } from '../../test/support/client/served-store-for-testing.ts';

test('the models over HTTP are those in process, and a run takes one of them', async () => {
  const responders = sourceOf(
    ...['lab/large', 'lab/small'].map((name) => scripted(() => textChunks('x'), name)),
  );
  await using served = await serveInMemory({}, { responders });
  const client = served.connect();
  const list = await client.models.list();
  expect(list).toEqual(await served.project.models.list());
  const other = list.data.find(({ isDefault }) => !isDefault)!;
  const [thread] = await client.threads.create([{}]);
  const { done } = await client.runs.start(thread!.id, { input: 'Hi', model: other.name });
  expect((await done).model).toBe('lab/small');
});

test('a caller that is not signed in gets the code of the store', async () => {
  await using served = await serveInMemory({ auth: { mode: 'tokens' } });
  await expect(served.connect().models.list()).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(served.store.project('p').models.list()).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});
