/**
 * A page that has followed its answers live shows the same messages as one that is loaded after
 * them, whatever the model did: random answers with texts, reasoning, tools, approvals, errors and
 * stops at any place, and random users who send, try again, ask for another answer and edit.
 */
import type { Chat } from '@ai-sdk/react';
import type { UIMessage } from 'ai';
import { expect, test } from 'vitest';
import {
  openChatKit,
  textIn,
  userMessage,
  type ChatKit,
} from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';
import {
  gate,
  scripted,
  textChunks,
} from '../../../../test/support/domain/responders-for-testing.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import type { Chunk, Responder, TurnContext } from '../../../api/responder.ts';
import { seededRandom, type SeededRandom } from '../../../engine/fault/seeded-random.ts';
import { RunFailure } from '../../../shared/run-failure.ts';

const seed = seedForTesting();
const failure = { code: 'provider_error', message: 'The model failed.', retryable: true };

/** A model that does anything, and fails, ends or hangs anywhere. */
class RandomModel {
  readonly responder: Responder;
  /** Called when an answer hangs. */
  onHang: () => void = () => undefined;
  readonly #random: SeededRandom;
  #count = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.responder = scripted((context) => this.#respond(context));
  }

  async *#respond({ continued, signal }: TurnContext): AsyncGenerator<Chunk> {
    const random = this.#random;
    const chunks = [...this.#results(continued?.parts ?? []), ...this.#steps()];
    const all: Chunk[] = [{ type: 'start' }, ...chunks, { type: 'finish', ...this.#usage() }];
    const end = random.chance(0.5) ? all.length : random.below(all.length);
    yield* all.slice(0, end);
    if (end === all.length) return;
    if (random.chance(0.7)) throw new RunFailure(failure);
    if (random.chance(0.5)) {
      yield { type: 'abort' };
      return;
    }
    const stopped = gate();
    signal.addEventListener('abort', () => stopped.open(), { once: true });
    this.onHang();
    await stopped.opened;
  }

  /** The outputs of the calls that were approved. */
  *#results(parts: readonly Chunk[]): Generator<Chunk> {
    for (const { state, toolCallId = '', approval } of parts) {
      if (state !== 'approval-responded') continue;
      const { approved } = approval as { approved: boolean }; // as the client answers
      if (approved) yield { type: 'tool-output-available', toolCallId, output: this.#id('out') };
      else yield { type: 'tool-output-denied', toolCallId };
    }
  }

  *#steps(): Generator<Chunk> {
    for (let i = this.#random.below(3); i >= 0; i--) {
      yield { type: 'start-step' };
      // A client shows no step without parts.
      yield* this.#text('text');
      for (let j = this.#random.below(4); j > 0; j--) yield* this.#part();
      // Calls come last in a step.
      const isLast = i === 0;
      if (this.#random.chance(0.5)) yield* this.#call(isLast);
      yield { type: 'finish-step' };
    }
  }

  #part(): Chunk[] {
    const id = this.#id('p');
    const kinds: readonly (() => Chunk[])[] = [
      () => this.#text('text'),
      () => this.#text('reasoning'),
      () => [{ type: 'source-url', sourceId: id, url: 'https://example.org/', title: 't' }],
      () => [{ type: 'file', mediaType: 'text/plain', url: 'data:text/plain,x' }],
      () => [
        { type: 'data-x', id, data: { n: 1 } },
        { type: 'data-x', id, data: { n: 2 } },
      ],
      () => [{ type: 'data-y', data: 1, transient: true }],
      () => [
        { type: 'message-metadata', messageMetadata: { [this.#random.pick(['m', 'n'])]: id } },
      ],
    ];
    return this.#random.pick(kinds)();
  }

  #text(kind: 'text' | 'reasoning'): Chunk[] {
    const id = this.#id('t');
    const words = ['a ', 'b ', '', 'ä 🎉 '].slice(0, this.#random.below(5));
    return [
      { type: `${kind}-start`, id },
      ...words.map((delta) => ({ type: `${kind}-delta`, id, delta: `${id} ${delta}` })),
      { type: `${kind}-end`, id },
    ];
  }

  *#call(isLast: boolean): Generator<Chunk> {
    const random = this.#random;
    const toolCallId = this.#id('call');
    const dynamic = random.chance(0.3) ? { dynamic: true } : {};
    const call = { toolCallId, toolName: 'work', ...dynamic };
    yield { type: 'tool-input-start', ...call };
    yield { type: 'tool-input-delta', toolCallId, inputTextDelta: '{"a":' };
    yield { type: 'tool-input-delta', toolCallId, inputTextDelta: '1}' };
    yield { type: 'tool-input-available', ...call, input: { a: 1 } };
    if (isLast && random.chance(0.3)) {
      yield { type: 'tool-approval-request', approvalId: `ap-${toolCallId}`, toolCallId };
    } else if (random.chance(0.2)) {
      yield { type: 'tool-output-error', toolCallId, errorText: 'No.' };
    } else if (!isLast || random.chance(0.7)) {
      if (random.chance(0.3)) {
        yield { type: 'tool-output-available', toolCallId, output: 'so far', preliminary: true };
      }
      yield { type: 'tool-output-available', toolCallId, output: { done: toolCallId } };
    }
  }

  #usage(): object {
    if (this.#random.chance(0.5)) return {};
    return { messageMetadata: { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } } };
  }

  #id(kind: string): string {
    return `${kind}${++this.#count}`;
  }
}

type ToolPart = Extract<UIMessage['parts'][number], { readonly toolCallId: string }>;

function waitingIn(message: UIMessage | undefined): ToolPart[] {
  const parts = message?.parts ?? [];
  const last = parts.findLastIndex(({ type }) => type === 'step-start');
  return parts.filter((part, i): part is ToolPart => {
    if (!('toolCallId' in part)) return false;
    return part.state === 'approval-requested' || (i > last && part.state === 'input-available');
  });
}

/** Does one thing that a page offers now. */
async function act(chat: Chat<UIMessage>, random: SeededRandom, note: string[]): Promise<void> {
  const waiting = waitingIn(chat.lastMessage);
  if (chat.lastMessage?.role === 'assistant' && waiting.length > 0 && !chat.error) {
    for (const part of waiting) await decide(chat, part, random);
    note.push('decide');
    return chat.sendMessage();
  }
  const isAnswered = chat.lastMessage?.role === 'assistant';
  const question = random.pick(chat.messages.filter(({ role }) => role === 'user'));
  const { id: messageId, metadata } = question;
  const acts: [string, () => Promise<void>][] = [
    ['send', () => chat.sendMessage({ text: `q${random.below(1000)}` })],
    ['private', () => chat.sendMessage({ text: 'secret', metadata: { private: true } })],
    ['edit', () => chat.sendMessage({ text: 'edited', messageId, metadata })],
  ];
  if (isAnswered) acts.push(['regenerate', () => chat.regenerate()]);
  if (chat.error) {
    acts.splice(0, 1, ['again', () => chat.sendMessage()], ['again', () => chat.sendMessage()]);
  }
  const [name, run] = random.pick(acts);
  note.push(name);
  return run();
}

/**
 * Whether `sendMessage()` without arguments would be about an earlier answer, whose approval has
 * failed: the SDK then writes the new answer into the old one. Only a reload helps.
 */
function isApprovedBefore(chat: Chat<UIMessage>): boolean {
  const { pendingApprovalMessageId: id } = chat as unknown as { pendingApprovalMessageId?: string };
  return id !== undefined && id !== chat.lastMessage?.id;
}

async function decide(
  chat: Chat<UIMessage>,
  { state, toolCallId }: ToolPart,
  random: SeededRandom,
): Promise<void> {
  if (state === 'approval-requested') {
    const approved = random.chance(0.6);
    await chat.addToolApprovalResponse({ id: `ap-${toolCallId}`, approved });
  } else {
    await chat.addToolOutput({ tool: 'work', toolCallId, output: 'mine' });
  }
}

async function walk(kit: ChatKit, model: RandomModel, random: SeededRandom): Promise<string> {
  const id = 't1';
  const note: string[] = [];
  let chat = kit.chat({ id });
  model.onHang = () => void kit.ask(`/api/chat/${id}/stop`, { method: 'POST' });
  for (let step = 0; step < 12; step++) {
    if (step === 0) await chat.sendMessage(userMessage('first', 'begin'));
    else await act(chat, random, note);
    const live: unknown = JSON.parse(JSON.stringify(chat.messages));
    const stored = await kit.messages(id);
    expect(chat.error?.message ?? failure.message, note.join()).toBe(failure.message);
    expect(live, `after ${note.join()}`).toEqual(stored);
    if (random.chance(0.3) || isApprovedBefore(chat)) {
      note.push('reload');
      chat = kit.chat({ id, messages: stored });
    }
  }
  return note.join();
}

test(`a live page shows what a reloaded one shows (SEED=${seed})`, async () => {
  for (let i = 0; i < 25; i++) {
    const random = seededRandom(seed + i);
    const model = new RandomModel(random);
    await using kit = await openChatKit({ responder: model.responder });
    try {
      await walk(kit, model, random);
    } catch (error) {
      throw new Error(`with SEED=${seed + i}`, { cause: error });
    }
  }
});

test('what is private says so from its start, live and when it is resumed', async () => {
  const hung = gate();
  const responder = scripted(async function* () {
    yield* textChunks('Well').slice(0, 4);
    await hung.opened;
    yield* textChunks('').slice(4);
  });
  await using kit = await openChatKit({ responder });
  const message = { ...userMessage('m1', 'Hush'), metadata: { private: true } };
  const body = { id: 't1', trigger: 'submit-message', message };
  const asked = await kit.post(body);
  const resumed = await kit.ask('/api/chat/t1/stream');
  hung.open();
  const texts = [await asked.text(), await resumed.text(), await (await kit.post(body)).text()];
  const [, stored] = await kit.messages('t1');
  expect(stored!.metadata).toEqual({ private: true });
  for (const text of texts) {
    const [start] = text.split('\n\n', 1);
    expect(JSON.parse(start!.slice('data: '.length))).toEqual({
      ...{ type: 'start', messageId: stored!.id, messageMetadata: { private: true } },
    });
  }
});

test('an attempt that fails before its first word leaves the half answer as it was', async () => {
  let count = 0;
  const responder = scripted(function* () {
    count += 1;
    if (count === 1) yield* textChunks('Half').slice(0, 4);
    if (count < 3) throw new RunFailure(failure);
    yield* textChunks('Whole');
  });
  await using kit = await openChatKit({ responder });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'Go' });
  for (const said of [['Half'], ['Half'], ['Whole']]) {
    const parts = JSON.parse(JSON.stringify(chat.messages[1]!.parts)) as { text?: string }[];
    expect(parts.flatMap(({ text }) => text ?? [])).toEqual(said);
    expect((await kit.messages('t1'))[1]!.parts).toEqual(parts);
    await chat.sendMessage();
  }
});

test('a new answer that fails before its first word gives the page its old one back', async () => {
  let isFailing = false;
  const responder = scripted(function* () {
    yield* textChunks('').slice(0, 3);
    if (isFailing) throw new RunFailure(failure);
    yield* textChunks('Whole').slice(3);
  });
  await using kit = await openChatKit({ responder });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'Go' });
  isFailing = true;
  await chat.regenerate();
  expect(chat.status).toBe('error');
  expect(textIn(chat.messages[1])).toBe('Whole');
  expect(JSON.parse(JSON.stringify(chat.messages))).toEqual(await kit.messages('t1'));
});
