import { invalid } from '../../../shared/error.ts';
import { type JsonValue, isObject } from '../../../shared/json.ts';
import { mustOneOf, optionalShortText } from '../../../shared/validate.ts';
import { fromUIMessage, type MessageNewItem } from '../ui-messages.ts';

/** The body that `DefaultChatTransport` posts. Only its last message is used. */
export interface ChatRequest {
  readonly threadId: string;
  readonly trigger: 'submit-message' | 'regenerate-message';
  /** The message to edit, answer again or continue, as the client says. */
  readonly messageId: string | undefined;
  /** Absent only if the client asks for another answer. */
  readonly message: MessageNewItem | undefined;
  /** The path of the message in the body, for errors. */
  readonly path: string;
  /** The configured model or agent that the client chose by `useChat`'s `body`. */
  readonly model: string | undefined;
  readonly agent: string | undefined;
}

/**
 * Throws `invalid_request` with the paths of malformed fields. Unknown fields belong to the
 * application.
 */
export function parseChatRequest(body: JsonValue | undefined): ChatRequest {
  if (!isObject(body)) throw invalid('', 'must be an object: {id, messages, trigger, messageId}');
  const { id, messageId } = body;
  if (typeof id !== 'string') throw invalid('id', 'must be the id of a thread');
  const trigger = mustOneOf(triggers, body.trigger ?? 'submit-message', 'trigger');
  const [message, path] = lastMessage(body);
  if (message === undefined && trigger === 'submit-message') {
    throw invalid('messages', 'must have at least one message');
  }
  return {
    threadId: id,
    trigger,
    messageId: optionalShortText(messageId ?? undefined, 'messageId'),
    message: message === undefined ? undefined : fromUIMessage(message, path),
    path,
    model: optionalShortText(body.model ?? undefined, 'model'),
    agent: optionalShortText(body.agent ?? undefined, 'agent'),
  };
}

const triggers = ['submit-message', 'regenerate-message'] as const;

function lastMessage({
  message,
  messages,
}: Readonly<Record<string, JsonValue>>): [JsonValue | undefined, string] {
  if (message !== undefined) {
    if (messages !== undefined) throw invalid('message', 'cannot be combined with messages');
    return [message, 'message'];
  }
  if (messages === undefined) return [undefined, 'messages'];
  if (!Array.isArray(messages)) throw invalid('messages', 'must be an array of messages');
  const last: JsonValue | undefined = messages.at(-1); // isArray does not narrow a readonly array
  return [last, `messages.${messages.length - 1}`];
}
