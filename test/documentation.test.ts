import { expect, test } from 'vitest';
import { runPage } from './pages/run-page.ts';

test('the examples of docs/models.md run', async () => {
  const printed = await runPage(
    'docs/models.md',
    `console.log(JSON.stringify({
        log: log.map(({ parts }) => parts[0].text),
        newest: newest.map(({ role }) => role),
        ofRun: ofRun.map(({ spanId }) => spanId),
        renamed: renamed.title,
        page: page.length,
        open,
      }));
      await store.close();`,
  );
  expect(JSON.parse(printed)).toEqual({
    log: ['This is critical.', 'I am on it.'],
    newest: ['assistant'],
    ofRun: ['main'],
    renamed: 'Urgent',
    page: 1,
    open: [{ ticket: 'T-101', title: 'Urgent', items: 2 }],
  });
});

test('the examples of docs/ai-turns.md run', async () => {
  const printed = await runPage(
    'docs/ai-turns.md',
    'console.log(JSON.stringify({ status, outputItemId })); await store.close();',
  );
  expect(printed).toContain('demo');
  const last = printed.slice(printed.lastIndexOf('{"status"'));
  expect(JSON.parse(last)).toEqual({ status: 'completed', outputItemId: expect.any(String) });
});

test('the examples of docs/langgraph.md run', async () => {
  const printed = await runPage(
    'docs/langgraph.md',
    `console.log(JSON.stringify({
        items: items.map(({ role, parts }) => [role, parts[0].text]),
        pruned: [pruned.threads, typeof pruned.reclaimedBytes],
        preferences: preferences.value,
        dark: dark.map(({ key }) => key),
        namespaces,
        threads: threads.map(({ title, messageCount }) => [title, messageCount]),
        total,
        messages: messages.map(({ role, content }) => [role, content]),
      }));
      await store.close();`,
  );
  expect(JSON.parse(printed)).toEqual({
    items: [
      ['user', 'How is the weather?'],
      ['assistant', 'It is sunny.'],
    ],
    pruned: [1, 'number'],
    preferences: { theme: 'dark', units: 'metric' },
    dark: ['preferences'],
    namespaces: [['users', '0b6f1a52-5d0e-4c57-8f1c-1f6a4f7f1d11']],
    threads: [['How is the weather?', 2]],
    total: 1,
    messages: [
      ['user', 'How is the weather?'],
      ['assistant', 'It is sunny.'],
    ],
  });
});
