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
