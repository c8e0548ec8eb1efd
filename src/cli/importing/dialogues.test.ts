import { describe, expect, test } from 'vitest';
import { parseDialogue } from './dialogues.ts';
import type { Line } from './read-lines.ts';

function lineOf(value: unknown): Line {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { number: 7, bytes: Buffer.from(text), endByte: text.length };
}

const call = { name: 'get_menu', request: { query: 'Chai' }, response: { items: ['Chai Latte'] } };

describe('parseDialogue', () => {
  test('calls on what the user said are made by the assistant after it', () => {
    const thread = parseDialogue(
      lineOf({
        id: 'dlg-1',
        scenario: 'Order',
        utterances: [
          { speaker: 'user', text: ' One Chai\nLatte ', calls: [call] },
          { speaker: 'assistant', text: 'Here you are.' },
        ],
      }),
    );
    expect(thread).toEqual({
      id: 'dlg-1',
      title: 'One Chai Latte',
      metadata: { source: 'dialogues', scenario: 'Order' },
      items: [
        { role: 'user', text: ' One Chai\nLatte ', key: '0' },
        {
          role: 'assistant',
          parts: [
            {
              type: 'tool-call',
              toolCallId: 'call_0_0',
              toolName: 'get_menu',
              input: { query: 'Chai' },
            },
          ],
          key: '0.call.0',
        },
        {
          role: 'tool',
          parts: [
            {
              type: 'tool-result',
              toolCallId: 'call_0_0',
              toolName: 'get_menu',
              output: { items: ['Chai Latte'] },
            },
          ],
          key: '0.call.0.result',
        },
        { role: 'assistant', text: 'Here you are.', key: '1' },
      ],
    });
  });

  test('calls on what the assistant said come before it', () => {
    const { items } = parseDialogue(
      lineOf({ id: 'd', utterances: [{ speaker: 'assistant', text: 'Done', calls: [call] }] }),
    );
    expect(items.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant']);
  });

  test('nothing that a dialogue says is lost', () => {
    const thread = parseDialogue(
      lineOf({
        id: 'd',
        language: 'en',
        utterances: [
          {
            speaker: 'user',
            text: 'x',
            mood: 'calm',
            calls: [{ name: 'n', request: null, cost: 3, response: 'text' }],
          },
        ],
      }),
    );
    expect(thread.metadata).toEqual({ source: 'dialogues', language: 'en' });
    expect(thread.items[0]).toMatchObject({ metadata: { mood: 'calm' } });
    expect(thread.items[1]).toMatchObject({ metadata: { cost: 3 }, parts: [{ input: null }] });
    expect(thread.items[2]).toMatchObject({ parts: [{ output: 'text' }] });
  });

  test('a title is at most 80 characters, never cut inside one', () => {
    const { title } = parseDialogue(
      lineOf({ id: 'd', utterances: [{ speaker: 'user', text: '👩‍👩‍👧'.repeat(40) }] }),
    );
    expect(title!.length).toBeLessThanOrEqual(80);
    expect(title).toMatch(/^(👩‍👩‍👧)+…$/u);
  });

  test('the scenario is the title if the dialogue has no words', () => {
    expect(parseDialogue(lineOf({ id: 'd', scenario: 'Silence', utterances: [] })).title).toBe(
      'Silence',
    );
    expect(parseDialogue(lineOf({ id: 'd', utterances: [] }))).not.toHaveProperty('title');
  });

  test.each([
    ['{"id":', 'is not JSON'],
    ['[]', 'must be a JSON object'],
    ['{"id": 12345678901234567890}', 'cannot be kept exactly as a number'],
    [{ utterances: [] }, 'id must be'],
    [{ id: 'a b', utterances: [] }, 'id must be'],
    [{ id: 'd' }, 'utterances must be a list'],
    [{ id: 'd', utterances: ['x'] }, 'utterances.0 must be an object'],
    [{ id: 'd', utterances: [{ speaker: 'bot', text: 'x' }] }, 'utterances.0.speaker must be'],
    [{ id: 'd', utterances: [{ speaker: 'user' }] }, 'utterances.0.text must be a string'],
    [
      { id: 'd', utterances: [{ speaker: 'user', text: 'x', calls: {} }] },
      'utterances.0.calls must be a list',
    ],
    [
      { id: 'd', utterances: [{ speaker: 'user', text: 'x', calls: [{}] }] },
      'utterances.0.calls.0.name must be',
    ],
  ])('%j is refused with its line: %s', (value, message) => {
    expect(() => parseDialogue(lineOf(value))).toThrow(
      expect.objectContaining({ line: 7, message: expect.stringContaining(message) }),
    );
  });
});
