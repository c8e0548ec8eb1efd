import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import { refusalsOf, type ProviderName } from './prompt-rules.ts';

interface RecordedModel {
  readonly model: LanguageModel;
  readonly provider: ProviderName;
  /** The bodies of all requests. */
  readonly requests: string[];
}

/**
 * The real modules of providers, without a network: a `fetch` that keeps the request, and answers
 * as the provider would: 400 to what it refuses, or else "Fine."
 */
export function recordedModels(
  answer: (provider: ProviderName, body: string) => Response = answerByRules,
): RecordedModel[] {
  const record = (provider: ProviderName, make: (fetch: Fetch) => LanguageModel): RecordedModel => {
    const requests: string[] = [];
    const model = make((_url, init) => {
      const body = String(init?.body);
      requests.push(body);
      return Promise.resolve(answer(provider, body));
    });
    return { model, provider, requests };
  };
  const apiKey = 'key';
  return [
    record('openai', (fetch) => createOpenAI({ apiKey, fetch })('gpt-5')),
    record('openai-chat', (fetch) => createOpenAI({ apiKey, fetch }).chat('gpt-4o')),
    record('anthropic', (fetch) => createAnthropic({ apiKey, fetch })('claude-sonnet-4-5')),
    record('google', (fetch) => createGoogleGenerativeAI({ apiKey, fetch })('gemini-2.5-flash')),
    record('google', (fetch) => createGoogleGenerativeAI({ apiKey, fetch })('gemini-3-pro')),
    record('compatible', (fetch) =>
      createOpenAICompatible({ name: 'local', baseURL: 'http://model.test/v1', fetch })('tiny'),
    ),
  ];
}

type Fetch = NonNullable<Parameters<typeof createOpenAI>[0]>['fetch'] & typeof globalThis.fetch;

function answerByRules(provider: ProviderName, body: string): Response {
  const refusals = refusalsOf(provider, body);
  return refusals.length > 0 ? refuse(refusals.join('; ')) : says(provider);
}

export function refuse(message: string, status = 400): Response {
  const error = { message, type: 'invalid_request_error', code: null, param: null, status: 'X' };
  return Response.json({ type: 'error', error }, { status });
}

/** The answer "Fine." in the provider's form. */
export function says(provider: ProviderName): Response {
  const headers = { 'content-type': 'text/event-stream' };
  const body = answers[provider].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  return new Response(body, { headers });
}

const chat = [
  {
    ...{ id: '1', object: 'chat.completion.chunk', created: 1, model: 'm' },
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Fine.' }, finish_reason: 'stop' }],
  },
];
const response = { id: 'r', object: 'response', created_at: 1, model: 'm', output: [] };
const usage = { input_tokens: 1, output_tokens: 1 };
const message = { type: 'message', id: 'm' };

const answers: Readonly<Record<ProviderName, readonly object[]>> = {
  'openai-chat': chat,
  compatible: chat,
  openai: [
    { type: 'response.created', response },
    { type: 'response.output_item.added', output_index: 0, item: message },
    { type: 'response.output_text.delta', item_id: 'm', delta: 'Fine.' },
    { type: 'response.output_item.done', output_index: 0, item: message },
    { type: 'response.completed', response: { ...response, usage } },
  ],
  anthropic: [
    {
      type: 'message_start',
      message: { ...message, role: 'assistant', model: 'm', content: [], usage },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Fine.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
    { type: 'message_stop' },
  ],
  google: [
    {
      candidates: [
        { content: { role: 'model', parts: [{ text: 'Fine.' }] }, finishReason: 'STOP' },
      ],
    },
  ],
};
