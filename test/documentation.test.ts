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
