import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../shared/json.ts';
import { toMessageItem } from './saver/message-item.ts';
import { readMessageFields } from './threads/message-fields.ts';

const time = Date.UTC(2025, 0, 1, 12);
const date = '2025-01-01T12:00:00';

/** The times in a state's message and in the stored one, which must agree. */
function timesOf(message: unknown): (number | undefined)[] {
  const json = JSON.parse(JSON.stringify(message)) as JsonValue; // JSON.parse gives JSON
  return [
    readMessageFields(message)?.timeMs,
    readMessageFields(json)?.timeMs,
    toMessageItem(json)?.writtenAtMs,
  ];
}

test.each([
  [new HumanMessage({ content: 'a', additional_kwargs: { timestamp: `${date}Z` } })],
  [new HumanMessage({ content: 'a', additional_kwargs: { createdAt: '2025-01-01T13:00+01:00' } })],
  [new AIMessage({ content: 'a', response_metadata: { created: time / 1000 } })],
  [new AIMessage({ content: 'a', response_metadata: { created_at: `${date}.000000` } })],
  [{ role: 'user', content: 'a', timestamp: time }],
  [{ role: 'user', content: 'a', created_at: new Date(time) }],
  [{ role: 'user', content: 'a', timestamp: 'soon', metadata: { timestamp: date } }],
  [Object.assign(new HumanMessage('a'), { lc_kwargs: { content: 'a', timestamp: date } })],
])('reads the time of %j', (message) => {
  expect(timesOf(message)).toEqual([time, time, time]);
});

test.each([
  ...['5', '9999999', 'yesterday', '', '2025', 'Wed, 01 Jan 2025 12:00:00 GMT', '2025-13-01'],
  ...['0000-01-01T00:00:00Z', '-100000-01-01T00:00:00Z', '+100000-01-01T00:00:00Z'],
  ...[0, -1, 5, 1e-320, 99_999_999, 7e15, 1e300, Number.NaN, null, true, {}, [time]],
])('takes %j for no time', (timestamp) => {
  const message = new HumanMessage({ content: 'a', additional_kwargs: { timestamp } });
  expect(timesOf(message)).toEqual([undefined, undefined, undefined]);
});

test('a date alone is a time', () => {
  expect(timesOf({ role: 'user', content: 'a', timestamp: '0001-01-01' })).toEqual(
    timesOf({ role: 'user', content: 'a', timestamp: '0001-01-01T00:00:00.000Z' }),
  );
});
