import assert from 'node:assert/strict';
import { OpenEngine } from '../open-engine.ts';
import { assertRow, assertUnavailable, putAll } from './expectations.ts';
import { entries, entry, tablesForTests, thread, threads } from './tables-for-tests.ts';
import type { Topic } from './topic.ts';

/** Every operation of an engine, in a form that succeeds while it is open. */
const operations: Readonly<Record<string, (engine: OpenEngine) => Promise<unknown>>> = {
  get: (engine) => engine.get(threads, ['t']),
  getMany: (engine) => engine.getMany(threads, [['t'], ['u']]),
  'getMany of nothing': (engine) => engine.getMany(threads, []),
  scan: (engine) => engine.scan({ table: threads, prefix: ['t'], limit: 10 }),
  'scan by index': (engine) => {
    return engine.scan({ table: threads, index: 'byOwner', prefix: ['u'], limit: 10 });
  },
  'commit of a put': (engine) => engine.commit({ puts: [{ table: threads, row: thread('t') }] }),
  'commit of a delete': (engine) => engine.commit({ deletes: [{ table: threads, key: ['t'] }] }),
  'commit of a condition': (engine) => {
    return engine.commit({ expects: [{ table: threads, key: ['x'], version: 'absent' }] });
  },
  deletePrefix: (engine) => engine.deletePrefix(threads, ['t']),
};

export const lifecycleCases: Topic = {
  name: 'lifecycle',
  cases: {
    ...Object.fromEntries(
      Object.entries(operations).map(([title, operate]) => [
        `${title}: works while open, is refused while closing and after`,
        {
          async run({ engine }) {
            await operate(engine);
            const closing = engine.close();
            await assertUnavailable(operate(engine));
            await closing;
            await assertUnavailable(operate(engine));
          },
        },
      ]),
    ),
    'closing twice, even at the same time, closes once': {
      async run({ engine }) {
        await Promise.all([engine.close(), engine.close()]);
        await engine.close();
        assert.equal(engine.isOpen, false);
      },
    },
    'closing waits for writes and reads in progress': {
      async run({ engine }) {
        await putAll(engine, entries, [entry('t', 'e')]);
        const settled: string[] = [];
        const under = [
          ...Array.from({ length: 30 }, (_, i) =>
            engine.commit({ puts: [{ table: entries, row: entry('t', `e${i}`) }] }),
          ),
          engine.scan({ table: entries, prefix: ['t'], limit: 10 }),
          engine.deletePrefix(entries, ['u']),
        ].map((call) => call.then(() => settled.push('call')));
        await engine.close();
        assert.equal(settled.length, 32);
        await Promise.all(under);
      },
    },
    'writes in progress at closing are stored after reopening': {
      needs: ['reopen'],
      async run(session) {
        const writes = Array.from({ length: 30 }, (_, i) =>
          session.engine.commit({ puts: [{ table: entries, row: entry('t', `e${i}`) }] }),
        );
        await session.reopen();
        await Promise.all(writes);
        const rows = await session.engine.scan({ table: entries, prefix: ['t'], limit: 100 });
        assert.equal(rows.length, 30);
      },
    },
    'a second opening is refused, and the first keeps working': {
      needs: ['refusesSecond'],
      async run(session) {
        await putAll(session.engine, threads, [thread('t')]);
        const second = await session.engineForReopening();
        await assertUnavailable(OpenEngine.open(second, tablesForTests));
        await putAll(session.engine, threads, [thread('u')]);
        assertRow(await session.engine.get(threads, ['t']), thread('t'));
        assertRow(await session.engine.get(threads, ['u']), thread('u'));
      },
    },
  },
};
