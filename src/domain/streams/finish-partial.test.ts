import { expect, test } from 'vitest';
import type { Part } from '../../api/item.ts';
import { finishPartial, isWaiting } from './finish-partial.ts';

const tool = (state: string, more: object = {}): Part => {
  return { type: 'tool-weather', toolCallId: '1', state, input: {}, ...more };
};
const stepStart: Part = { type: 'step-start' };
const words: Part = { type: 'text', text: 'x', state: 'done' };

test.each<[string, boolean, Part[]]>([
  ['an approval', true, [stepStart, tool('approval-requested')]],
  ['an approval of an earlier step', true, [tool('approval-requested'), stepStart, words]],
  [
    'an approval that no one is asked for',
    false,
    [tool('approval-requested', { approval: { id: 'a', isAutomatic: true } })],
  ],
  ['an output of the client', true, [stepStart, tool('input-available')]],
  ['an output of the client in one step', true, [tool('input-available')]],
  ['an output of the provider', false, [tool('input-available', { providerExecuted: true })]],
  ['an output that was skipped', false, [tool('input-available'), stepStart, words]],
  ['a dynamic tool', true, [{ ...tool('input-available'), type: 'dynamic-tool', toolName: 'w' }]],
  ['nothing', false, [words, tool('output-available', { output: 1 }), tool('output-denied')]],
  ['nothing, since it is not a tool', false, [{ type: 'data-x', state: 'approval-requested' }]],
  ['nothing at all', false, []],
])('waits for %s: %s', (_name, waits, parts) => {
  expect(isWaiting(parts)).toBe(waits);
});

const errorText = 'The run ended before this tool returned its output.';
const yes = { approval: { id: 'a', approved: true } };
const no = { approval: { id: 'a', approved: false } };

test.each<[string, Part[], Part[]]>([
  [
    'a text',
    [{ type: 'text', text: 'Hel', state: 'streaming' }],
    [{ type: 'text', text: 'Hel', state: 'done' }],
  ],
  ['an empty text', [words, { type: 'text', text: '', state: 'streaming' }], [words]],
  [
    'a reasoning with a signature',
    [{ type: 'reasoning', text: '', state: 'streaming', providerMetadata: {} }],
    [{ type: 'reasoning', text: '', state: 'done', providerMetadata: {} }],
  ],
  ['an empty step', [words, stepStart], [words]],
  ['an input', [words, stepStart, tool('input-streaming', { rawInput: '{' })], [words]],
  ['a tool at work', [tool('input-available')], [tool('output-error', { errorText })]],
  [
    'a tool with a preliminary output',
    [tool('output-available', { output: 1, preliminary: true })],
    [tool('output-error', { errorText })],
  ],
  [
    'a tool that was approved',
    [tool('approval-responded', yes)],
    [tool('output-error', { errorText, ...yes })],
  ],
  ['a tool that was refused', [tool('approval-responded', no)], [tool('approval-responded', no)]],
  ['an approval', [tool('approval-requested')], [tool('approval-requested')]],
  [
    'a complete answer',
    [stepStart, words, tool('output-available', { output: 1 })],
    [stepStart, words, tool('output-available', { output: 1 })],
  ],
  [
    'unknown parts',
    [{ type: 'thing', state: 'streaming' }],
    [{ type: 'thing', state: 'streaming' }],
  ],
])('cut in %s', (_name, parts, finished) => {
  expect(finishPartial(parts)).toEqual(finished);
  expect(isWaiting(finished)).toBe(finished.some((part) => part.state === 'approval-requested'));
});
