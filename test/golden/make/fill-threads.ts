import type { Item, NewItem } from 'skein';
import { only, type Filling } from './filling.ts';

/** Threads of every mode and visibility, with items of every kind and all amendments. */
export async function fillThreads(filling: Filling): Promise<void> {
  await fillModes(filling);
  await fillLog(filling);
  await fillGraph(filling);
  await fillScopes(filling);
  await fillForks(filling);
  await fillDeleted(filling);
  await fillRequests(filling);
  await fillKeys(filling);
}

async function fillModes(filling: Filling): Promise<void> {
  const modes = ['assistant', 'direct', 'group', 'channel', 'public', 'feed'] as const;
  for (const mode of modes) {
    for (const visibility of ['private', 'unlisted', 'public'] as const) {
      const id = `${mode}.${visibility}`;
      const metadata = { mode, nested: { list: [1, 'two', null, { three: 3.5 }] } };
      await filling.thread({
        id,
        mode,
        visibility,
        title: `${mode} ${visibility}`,
        tags: ['all', mode],
        metadata,
      });
      await filling.say(id, ['What people see', { text: 'For the author only', private: true }]);
      await filling.say(id, [{ role: 'assistant', text: 'An answer' }]);
    }
  }
  await filling.say('public.public', ['Joined'], filling.as('ben'));
  await fillTitles(filling);
  const elsewhere = filling.as('ada', 'elsewhere');
  await filling.thread(
    { id: 'elsewhere-1', title: 'Of another project', tags: ['all'] },
    elsewhere,
  );
  await filling.say('elsewhere-1', ['Not for the others'], elsewhere);
  await filling.thread({ id: 'of-ben', title: 'Ben has one, too' }, filling.as('ben'));
}

async function fillTitles(filling: Filling): Promise<void> {
  await filling.thread({ id: 'title-none' });
  await filling.thread({ id: 'title-empty', title: '' });
  await filling.thread({ id: 'title-derived' });
  await filling.say('title-derived', ['What is the capital of France, and why is it not Lyon?']);
  await filling.thread({
    id: 'changed',
    title: 'Before',
    tags: ['old', 'kept'],
    metadata: { a: 1, b: 2 },
  });
  filling.pass();
  await filling.as('ada').threads.update([
    {
      id: 'changed',
      title: 'After',
      tags: ['kept', 'new'],
      metadata: { b: null, c: 3 },
      visibility: 'public',
    },
  ]);
  await filling.thread({ id: 'archived', title: 'Put away', tags: ['all'] });
  await filling.say('archived', ['Done with this']);
  await filling.as('ada').threads.update([{ id: 'archived', archived: true }]);
}

/** Names, texts and parts that are hard to store. */
const unusual: readonly Partial<NewItem>[] = [
  {
    parts: [
      { type: 'text', text: 'zero \u0000 lone \ud800 emoji 🧵 quote " backslash \\ newline \n' },
    ],
  },
  { role: 'system', text: 'Be brief.', visibility: 'hidden' },
  {
    role: 'tool',
    parts: [
      {
        type: 'tool-search',
        toolCallId: 'c1',
        state: 'output-available',
        input: { q: 'x' },
        output: [1.5, -0.25, 1e21],
      },
    ],
  },
  {
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'Thinking' },
      { type: 'step-start' },
      { type: 'text', text: 'Thought' },
    ],
  },
  {
    role: 'assistant',
    parts: [{ type: 'source-url', sourceId: 's', url: 'https://example.com/', title: 'Example' }],
  },
  {
    parts: [
      {
        type: 'file',
        mediaType: 'text/plain',
        url: 'data:text/plain;base64,SGVsbG8=',
        filename: 'hello.txt',
      },
    ],
  },
  { parts: [{ type: 'data-anything', data: { deep: [[[]], {}] }, later: 'kept' }] },
  { text: 'long '.repeat(600), metadata: { ключ: 'значение', list: [] } },
  { text: 'with a key', key: 'client-key-1' },
  { role: 'assistant', text: 'second attempt', attempt: 2, runId: 'run-outside', spanId: 'span-1' },
  { text: 'to be archived' },
  { text: 'to be hidden' },
  { text: 'to be redacted, with all revisions', metadata: { secret: true } },
];

/** One log with everything in it. */
async function fillLog(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  await filling.thread({
    id: 'main',
    title: 'Everything',
    tags: ['all', 'main'],
    items: [{ role: 'user', text: 'First' }],
  });
  const { cursor } = await ada.items.list('main');
  const stored: Item[] = [];
  for (const item of unusual) stored.push(only(await filling.say('main', [item])));
  const at = (index: number): string => stored.at(index)!.id;
  await filling.say('main', [
    { role: 'assistant', text: 'A reply', parentId: at(0), spanId: 'span-2', runId: 'run-outside' },
  ]);
  await filling.say('main', [{ text: 'first revision', replacesId: at(0) }]);
  await filling.say('main', [{ text: 'second revision', replacesId: at(0) }]);
  await filling.say('main', [{ text: 'an edit of what goes', replacesId: at(-1) }]);
  filling.pass();
  await ada.items.update('main', [
    { id: at(-3), visibility: 'archived' },
    { id: at(-2), visibility: 'hidden' },
  ]);
  await ada.items.redact('main', [at(-1)]);
  await filling
    .say('main', ['hidden at first'])
    .then(([item]) =>
      ada.items
        .update('main', [{ id: item!.id, visibility: 'hidden' }])
        .then(() => ada.items.update('main', [{ id: item!.id, visibility: 'visible' }])),
    );
  const page = await ada.items.list('main', { limit: 5 });
  filling.note.cursors.push({ threadId: 'main', page: page.nextCursor!, live: cursor });
}

async function fillGraph(filling: Filling): Promise<void> {
  await filling.thread({ id: 'graph', title: 'Spans' });
  const steps = ['plan', 'search', 'read', 'write'].map((spanId) => ({
    role: 'assistant' as const,
    text: spanId,
    spanId,
    runId: 'agent-run',
  }));
  const items = await filling.say('graph', steps);
  filling.pass();
  await filling.as('ada').edges.create('graph', [
    { fromItemId: items[1]!.id, toItemId: items[0]!.id, type: 'caused_by' },
    { fromItemId: items[2]!.id, toItemId: items[1]!.id, type: 'depends_on' },
    { fromItemId: items[3]!.id, toItemId: items[1]!.id, type: 'depends_on' },
    { fromItemId: items[3]!.id, toItemId: items[2]!.id, type: 'depends_on' },
  ]);
  await filling.store.operator.edges.update('graph', [
    {
      edge: { fromItemId: items[3]!.id, toItemId: items[2]!.id, type: 'depends_on' },
      type: 'caused_by',
    },
  ]);
}

async function fillScopes(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  for (const scopeId of ['4711', '4712']) {
    filling.pass();
    const thread = only(
      await ada.scopes.getOrCreate([
        {
          scopeType: 'order',
          scopeId,
          mode: 'feed',
          title: `Order ${scopeId}`,
          visibility: 'public',
        },
      ]),
    );
    await filling.say(thread.id, [`Packed ${scopeId}`]);
  }
  await filling.thread({
    id: 'scoped',
    scopeType: 'order',
    scopeId: '4711',
    title: 'Not the primary one',
  });
  // A scope whose primary thread was deleted has another one.
  const gone = only(await ada.scopes.getOrCreate([{ scopeType: 'order', scopeId: '4713' }]));
  await ada.threads.delete([gone.id]);
  await ada.scopes.getOrCreate([{ scopeType: 'order', scopeId: '4713', title: 'The second one' }]);
}

async function fillForks(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  await filling.thread({ id: 'source', title: 'A source', visibility: 'public' });
  const items = await filling.say('source', [
    'one',
    'two',
    { text: 'secret', private: true },
    'four',
    'five',
    'six',
  ]);
  await filling
    .as('ada')
    .edges.create('source', [
      { fromItemId: items[1]!.id, toItemId: items[0]!.id, type: 'depends_on' },
    ]);
  await filling.say('source', [{ text: 'two, edited before the fork', replacesId: items[1]!.id }]);
  const last = only(await filling.say('source', ['seven']));
  const fork = await filling.fork('source', last.id);
  const own = await filling.say(fork.id, [
    'eight in the fork',
    { text: 'four, edited in the fork', replacesId: items[3]!.id },
  ]);
  await ada.items.update(fork.id, [{ id: items[4]!.id, visibility: 'archived' }]);
  const inner = await filling.fork(fork.id, own[0]!.id);
  await filling.say(inner.id, ['nine in the fork of the fork']);
  const early = await filling.fork('source', items[3]!.id);
  await filling.say(early.id, ['another way']);
  const public_ = await filling.fork('source', items[4]!.id, filling.as('ben'));
  await filling.say(public_.id, ['Ben goes on'], filling.as('ben'));
  // After the forks, so that it reaches them.
  await ada.items.redact('source', [items[0]!.id]);
  await ada.items.update('source', [{ id: items[5]!.id, visibility: 'hidden' }]);
  await filling.say('source', [{ text: 'five, edited after the fork', replacesId: items[4]!.id }]);
}

/** Threads that were deleted and purged long ago: forks keep what they inherited. */
async function fillDeleted(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  await filling.thread({ id: 'gone', title: 'Gone' });
  await filling.say('gone', ['to be forgotten']);
  await filling.thread({ id: 'gone-source', title: 'Gone, with heirs', visibility: 'public' });
  const items = await filling.say('gone-source', ['a', 'b', 'c', 'd']);
  const heir = await filling.fork('gone-source', items[2]!.id);
  await filling.say(heir.id, [
    { text: 'b in the heir', replacesId: items[1]!.id },
    'e in the heir',
  ]);
  const inner = await filling.fork(heir.id, items[1]!.id);
  await filling.say(inner.id, ['f in the heir of the heir']);
  const stranger = await filling.fork('gone-source', items[3]!.id, filling.as('ben'));
  await filling.say(stranger.id, ['Ben inherits'], filling.as('ben'));
  await ada.items.update('gone-source', [{ id: items[0]!.id, visibility: 'archived' }]);
  filling.pass();
  await ada.threads.delete(['gone', 'gone-source']);
}

/** Requests with an idempotency key. */
async function fillRequests(filling: Filling): Promise<void> {
  const ada = filling.as('ada');
  filling.pass();
  await ada.threads.create([{ title: 'Asked once' }], {
    idempotencyKey: 'create-1',
    requestId: 'request-1',
  });
  await ada.items.append('main', [{ role: 'user', text: 'Said once' }], {
    idempotencyKey: 'append-1',
  });
  await ada.threads
    .fork([{ threadId: 'of-ben' }], { idempotencyKey: 'never' })
    .catch(() => undefined);
}

async function fillKeys(filling: Filling): Promise<void> {
  const { keys } = filling.store;
  for (const name of ['kept', 'revoked', 'of another project']) {
    filling.pass();
    const key = await keys.create({
      projectId: name.startsWith('of') ? 'elsewhere' : 'default',
      name,
    });
    filling.note.secrets.push(key.secret);
    if (name === 'revoked') await keys.revoke(key.id);
  }
  const caller = { projectId: 'default', userId: 'ada' };
  filling.note.tokens.push((await keys.issueToken(caller, 86_400)).token);
}
