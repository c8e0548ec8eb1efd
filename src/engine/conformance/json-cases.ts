import assert from 'node:assert/strict';
import { type JsonValue, jsonDepthMax } from '../../shared/json.ts';
import type { OpenEngine } from '../open-engine.ts';
import { entries, entry, thread, threads } from './tables-for-tests.ts';
import type { Case, Topic } from './topic.ts';

/** JSON texts, since JavaScript cannot express some of these values as literals. */
const fidelityTexts: Readonly<Record<string, string>> = {
  'null, which is not absence': 'null',
  scalars: '[true,false,0,-1,"",1.5]',
  'empty collections': '{"a":[],"b":{},"c":[[],{}]}',
  'large and small numbers':
    '[9007199254740991,-9007199254740991,1e+21,5e-324,1.7976931348623157e+308,0.1]',
  'keys that JavaScript treats specially':
    '{"__proto__":{"polluted":true},"constructor":1,"prototype":2,"toString":null,"":3,"length":0}',
  'an array of objects with __proto__': '[{"__proto__":null},{"x":{"__proto__":[1]}}]',
  'keys in their order': '{"z":1,"a":2,"m":{"y":1,"b":2},"Z":3}',
  unicode: '["é","e\u0301","中文","😀","👩‍👩‍👧‍👦","\u2028\u2029","\ufeff","\uffff"]',
  'control characters': '["\\u0000","a\\u0000b","\\u0001\\u001f","\\b\\f\\n\\r\\t","\u007f"]',
  'lone surrogates': '["\\ud800","\\udc00x","a\\udfff","\\udbff\\ud800"]',
  'control characters and surrogates in keys': '{"\\u0000":1,"\\ud800":2,"a\\nb":3}',
  'quotes and backslashes': '["\\"","\\\\","\\\\u0000","\'","`","${x}","%s","$1","--"]',
};

async function roundTrip(engine: OpenEngine, body: JsonValue): Promise<JsonValue | undefined> {
  await engine.commit({ puts: [{ table: entries, row: entry('t', 'e', { body }) }] });
  const read = (await engine.get(entries, ['t', 'e']))?.body;
  const [scanned] = await engine.scan({ table: entries, prefix: ['t'], limit: 1 });
  assert.equal(JSON.stringify(scanned?.body), JSON.stringify(read));
  return read;
}

function fidelityCase(text: string): Case {
  return {
    async run({ engine }) {
      // The texts above are valid JSON.
      const read = await roundTrip(engine, JSON.parse(text) as JsonValue);
      assert.equal(JSON.stringify(read), text);
      assert.deepEqual(read, JSON.parse(text));
    },
  };
}

export const jsonCases: Topic = {
  name: 'JSON columns',
  cases: {
    ...Object.fromEntries(
      Object.entries(fidelityTexts).map(([title, text]) => [`keep ${title}`, fidelityCase(text)]),
    ),
    'keep every JSON scalar at the top': {
      async run({ engine }) {
        for (const value of [null, true, false, 0, -1.5, '', 'text', [], {}]) {
          assert.deepEqual(await roundTrip(engine, value), value);
        }
      },
    },
    'keep a value as deep as Skein allows': {
      async run({ engine }) {
        let value: JsonValue = 'core';
        for (let i = 0; i < jsonDepthMax; i++) value = i % 2 === 0 ? [value] : { inner: value };
        assert.deepEqual(await roundTrip(engine, value), value);
      },
    },
    'keep a text of 1 MB': {
      async run({ engine }) {
        const text = '0123456789abcdé\n'.repeat(62_500);
        assert.equal(await roundTrip(engine, text), text);
      },
    },
    'tell null from an absent column': {
      async run({ engine }) {
        await engine.commit({
          puts: [
            { table: threads, row: thread('null', { body: null }) },
            { table: threads, row: thread('absent') },
          ],
        });
        assert.equal((await engine.get(threads, ['null']))?.body, null);
        assert.equal((await engine.get(threads, ['absent']))?.body, undefined);
      },
    },
    'are not shared with the caller that wrote or read them': {
      async run({ engine }) {
        const body = { list: [1], inner: { a: 'x' } };
        await engine.commit({ puts: [{ table: entries, row: entry('t', 'e', { body }) }] });
        body.list.push(2);
        body.inner.a = 'changed';
        const expected = { list: [1], inner: { a: 'x' } };
        const scan = { table: entries, prefix: ['t'], limit: 1 };
        const reads = [
          () => engine.get(entries, ['t', 'e']),
          async () => (await engine.getMany(entries, [['t', 'e']]))[0],
          async () => (await engine.scan(scan))[0],
          async () => (await engine.scan({ ...scan, index: 'byEntry', prefix: ['e'] }))[0],
        ];
        for (const read of [...reads, ...reads]) {
          const found = (await read())?.body as typeof body; // as written above
          assert.deepEqual(found, expected);
          found.list.push(3);
          found.inner.a = 'spoilt';
        }
      },
    },
    'do not change the prototype of anything': {
      async run({ engine }) {
        const body = JSON.parse('{"__proto__":{"polluted":true}}') as JsonValue; // parsed JSON
        const read = await roundTrip(engine, body);
        assert.equal(Object.getPrototypeOf(read), Object.prototype);
        assert.equal('polluted' in {}, false);
        assert.deepEqual(Object.keys(read ?? {}), ['__proto__']);
      },
    },
  },
};
