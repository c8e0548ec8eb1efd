import type { Chunk, Responder, TurnContext } from '../../../src/api/responder.ts';
import { RunFailure } from '../../../src/shared/run-failure.ts';
import { scripted, textChunks } from './responders-for-testing.ts';

const step: Chunk = { type: 'start-step' };
const finish: readonly Chunk[] = [{ type: 'finish-step' }, { type: 'finish' }];
const failure = { code: 'provider_error', message: 'The model failed.', retryable: true };

interface Mailer extends Responder {
  /** How many mails were sent. */
  sent: number;
  /** How many times the model fails after a mail was sent. */
  failing: number;
}

interface MailerOptions {
  /** Whether each mail waits for an approval. */
  readonly asks?: boolean;
  /** What another tool returns before. */
  readonly log?: string;
}

/** Sends a mail once that is approved, and then says so, unless the model fails. */
export function mailer({ asks = true, log = '' }: MailerOptions = {}): Mailer {
  const state = { sent: 0, failing: 0 };
  const responder = scripted(function* ({ continued }: TurnContext) {
    const part = continued?.parts.find(({ toolCallId }) => toolCallId === 'c');
    yield { type: 'start' };
    if (part === undefined) {
      yield step;
      if (log !== '') {
        yield { type: 'tool-input-available', toolCallId: 'log', toolName: 'read', input: {} };
        yield { type: 'tool-output-available', toolCallId: 'log', output: log };
      }
      yield { type: 'tool-input-available', toolCallId: 'c', toolName: 'mail', input: { to: 'a' } };
      if (asks) {
        yield { type: 'tool-approval-request', approvalId: 'ap', toolCallId: 'c' };
        return yield* finish;
      }
    }
    if (part === undefined || part.state === 'approval-responded') {
      state.sent += 1;
      yield { type: 'tool-output-available', toolCallId: 'c', output: `mail ${state.sent}` };
      yield { type: 'finish-step' };
    }
    yield step;
    if (state.failing-- > 0) {
      yield* textChunks('Half').slice(2, 4);
      throw new RunFailure(failure);
    }
    yield* textChunks('It is sent.').slice(2, 5);
    yield* finish;
  }, 'test/mailer');
  return Object.assign(state, responder);
}
