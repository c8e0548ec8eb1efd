import { ToolMessage } from '@langchain/core/messages';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../shared/json.ts';
import { toMessageItem } from './message-item.ts';

test('the result of a tool that failed says so, and a name is not needed', () => {
  const told = new ToolMessage({ content: 'no', tool_call_id: 'c1', status: 'error' });
  const serialized = JSON.parse(JSON.stringify(told)) as JsonValue;
  const expected = { type: 'tool-result', toolCallId: 'c1', toolName: '', output: 'no' };
  expect(toMessageItem(serialized)?.item.parts).toEqual([{ ...expected, isError: true }]);
  const plain = { role: 'tool', tool_call_id: 'c1', content: 'yes' };
  expect(toMessageItem(plain)?.item.parts).toEqual([{ ...expected, output: 'yes' }]);
});

test('mentions in a message are mentions, as many as an item may have', () => {
  const blocks = Array.from({ length: 60 }, () => ({ type: 'mention', userId: 'ada' }));
  const parts = toMessageItem({ role: 'user', content: blocks })?.item.parts ?? [];
  expect(parts.filter(({ type }) => type === 'mention')).toHaveLength(50);
  expect(parts.at(-1)).toEqual({ type: 'text', text: '@ada' });
  const other = { type: 'mention', attrs: { id: 'ada' } };
  const [part] = toMessageItem({ role: 'user', content: [other] })?.item.parts ?? [];
  expect(part).toEqual({ type: 'langchain-block', block: other });
});
