import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { tool } from 'ai';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  openOpenAiServerForTesting,
  type OpenAiServer,
} from '../support/adapters/ai-sdk/openai-server-for-testing.ts';
import { createChatHandler } from '../../src/adapters/ai-sdk/index.ts';
import { memory } from '../../src/engines/memory/index.ts';
import { createStore, type Item, type Store } from '../../src/store/index.ts';
import { openBrowser } from '../support/browser/browser-for-testing.ts';
import {
  BundledPage,
  servePage,
  type PageServer,
} from '../support/browser/chat-page-for-testing.ts';
import { gate } from '../support/domain/responders-for-testing.ts';

const opened = await openBrowser().catch((error: unknown) => {
  if (process.env.CI) throw error; // in CI, a skipped test is a failure
  // oxlint-disable-next-line no-console -- the report must say what was not tested
  console.warn('SKIPPED: useChat is not driven in a browser:', error);
  return undefined;
});

const pieces = Array.from({ length: 60 }, (_, i) => `${i} `);
const whole = pieces.join('');

/** Only a page that has hung takes so long. */
const hungMs = 110_000;

let browser: Browser;
let bundle: BundledPage;
let model: OpenAiServer;
let store: Store;
let server: PageServer;

describe.skipIf(opened === undefined)('an unchanged useChat in Chromium', () => {
  beforeAll(async () => {
    browser = opened!.browser;
    bundle = await BundledPage.build();
  });
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]();
    await bundle?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    model = await openOpenAiServerForTesting();
    store = await createStore({ engine: memory() });
    const provider = createOpenAICompatible({ name: 'local', baseURL: model.baseUrl });
    const chat = createChatHandler({
      store,
      model: provider('counter'),
      maxRetries: 0,
      tools: {
        buy: tool({
          inputSchema: z.object({ count: z.number() }),
          execute: ({ count }) => `bought ${count}`,
        }),
      },
      toolApproval: { buy: 'user-approval' },
    });
    server = await servePage(bundle, chat);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server[Symbol.asyncDispose]();
    await store.close();
    await model[Symbol.asyncDispose]();
  });

  test('a reload in the middle resumes the answer, with no character lost or doubled', async () => {
    const [early, late] = [gate(), gate()];
    model.script({ text: pieces, hold: (sent) => ({ 10: early, 21: late })[sent]?.opened });
    const page = await openPage('t1');
    await send(page, 'Count');
    await shows(page, / 9 $/);
    await page.reload();
    await shows(page, / 9 $/);
    early.open();
    await shows(page, / 20 $/);
    await page.reload();
    await shows(page, / 20 $/);
    late.open();
    await shows(page, / 59 /); // a page is also ready before it resumes the answer
    await is(page, 'ready');
    expect(await said(page)).toEqual(['Count', whole]);
    expect(await stored('t1')).toEqual(['Count', whole]);
    const ids = await idsOf(page);
    await page.reload();
    await shows(page, /59 $/);
    expect(await idsOf(page)).toEqual(ids);
    expect(model.requests.filter(({ body }) => body.stream === true)).toHaveLength(1);
  });

  test('stop keeps what was said, and the next message is answered', async () => {
    // It never ends by itself, however late the stop comes.
    model.script({ text: pieces, breakAfter: { chunks: pieces.length - 1, by: 'hang' } });
    const page = await openPage('t1');
    await send(page, 'Count');
    await shows(page, / 9 /);
    await page.getByText('Stop').click();
    await is(page, 'ready');
    const [, partial] = await stored('t1');
    expect(whole.startsWith(partial!)).toBe(true);
    expect(partial!.length).toBeLessThan(whole.length);
    await expect.poll(() => model.requests[0]?.wasAborted, { timeout: 60_000 }).toBe(true);
    model.script({ text: ['Fine.'] });
    await send(page, 'And now?');
    await shows(page, /Fine\./);
    await page.reload();
    await shows(page, /Fine\./);
    expect(await said(page)).toEqual(['Count', partial, 'And now?', 'Fine.']);
  });

  test('another answer, and an edited question, replace the old ones', async () => {
    model.script({ text: ['First.'] });
    const page = await openPage('t1');
    await send(page, 'Name one');
    await shows(page, /First\./);
    await is(page, 'ready');
    model.script({ text: ['Second.'] });
    await page.getByText('Regenerate').click();
    await shows(page, /Second\./);
    await is(page, 'ready');
    expect(await said(page)).toEqual(['Name one', 'Second.']);
    model.script({ text: ['Third.'] });
    await page.locator('input').fill('Name another');
    await page.getByText('Edit').click();
    await shows(page, /Third\./);
    await is(page, 'ready');
    await page.reload();
    await shows(page, /Third\./);
    expect(await said(page)).toEqual(['Name another', 'Third.']);
  });

  test('a tool is approved, even after a reload', async () => {
    const call = { id: 'c1', name: 'buy', input: '{"count":2}' };
    model.script({ toolCalls: [call] }, { text: ['You have them.'] });
    const page = await openPage('t1');
    await send(page, 'Buy two');
    await page.getByText('Approve').waitFor();
    await is(page, 'ready');
    await page.reload();
    await page.getByText('Approve').click();
    await shows(page, /You have them\./);
    await is(page, 'ready');
    expect(await page.locator('b').getAttribute('data-state')).toBe('output-available');
    const ids = await idsOf(page);
    expect(ids).toHaveLength(2);
    await page.reload();
    await shows(page, /You have them\./);
    expect(await idsOf(page)).toEqual(ids);
    expect(JSON.stringify(model.requests[1]!.body.messages)).toContain('bought 2');
  });

  test('two tabs on one thread: the second sees the answer, and cannot disturb it', async () => {
    const refused = gate();
    model.script({ text: pieces, hold: (sent) => (sent === 4 ? refused.opened : undefined) });
    // It was opened before, and does not know the question that is asked in the other one.
    const third = await openPage('t1');
    const first = await openPage('t1');
    await send(first, 'Count');
    await shows(first, / 3 $/);
    await send(third, 'Me, too');
    const second = await openPage('t1');
    await shows(second, / 3 $/);
    const refusal = JSON.parse((await third.getByRole('alert').textContent())!) as object;
    expect(refusal).toMatchObject({ code: 'conflict', status: 409 });
    refused.open();
    await shows(second, / 59 /);
    await is(first, 'ready');
    await is(second, 'ready');
    expect(await said(first)).toEqual(['Count', whole]);
    expect(await said(second)).toEqual(['Count', whole]);
    expect(await stored('t1')).toEqual(['Count', whole]);
  });

  test('a dropped connection stops nothing: after a reload the page has everything', async () => {
    const dropped = gate();
    model.script({ text: pieces, hold: (sent) => (sent === 10 ? dropped.opened : undefined) });
    const page = await openPage('t1');
    await send(page, 'Count');
    await shows(page, / 9 $/);
    server.dropConnections();
    await is(page, 'error');
    await page.reload();
    await shows(page, / 9 $/);
    dropped.open();
    await shows(page, /59 $/);
    await is(page, 'ready');
    expect(await said(page)).toEqual(['Count', whole]);
  });

  test('a provider that breaks off is an error that can be retried', async () => {
    for (const by of ['drop', 'error'] as const) {
      model.script({ text: pieces, breakAfter: { chunks: 10, by } });
      const page = await openPage(`t-${by}`);
      await send(page, 'Count');
      await is(page, 'error');
      expect(await page.getByRole('alert').textContent()).toMatch(/provider/);
      model.script({ text: ['Now it works.'] });
      await page.getByText('Regenerate').click();
      await shows(page, /Now it works\./);
      await is(page, 'ready');
      expect(await stored(`t-${by}`)).toEqual(['Count', 'Now it works.']);
      await page.close();
    }
  });
});

async function openPage(threadId: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(hungMs);
  await page.goto(`${server.url}/?thread=${threadId}`);
  await page.locator('main').waitFor();
  return page;
}

async function send(page: Page, text: string): Promise<void> {
  await page.locator('input').fill(text);
  await page.getByText('Send').click();
}

/** Waits until the last answer has this text. */
async function shows(page: Page, pattern: RegExp): Promise<void> {
  const answer = page.locator('article[data-role=assistant]').last();
  await expect.poll(() => answer.textContent(), { timeout: 60_000, interval: 10 }).toMatch(pattern);
}

async function is(page: Page, status: string): Promise<void> {
  await page.locator(`main[data-status=${status}]`).waitFor();
}

function said(page: Page): Promise<string[]> {
  return page.locator('article').allTextContents();
}

function idsOf(page: Page): Promise<(string | null)[]> {
  return page
    .locator('article')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-id')));
}

async function stored(threadId: string): Promise<string[]> {
  const owner = store.project('default').as({ userId: 'local' });
  const { data } = await owner.items.list(threadId);
  return data.map(textOf);
}

function textOf({ parts }: Item): string {
  return parts.map((part) => (part.type === 'text' ? String(part.text) : '')).join('');
}
