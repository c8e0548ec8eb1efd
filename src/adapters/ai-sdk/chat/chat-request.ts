import { invalid } from '../../../shared/error.ts';
import { type JsonValue, isObject } from '../../../shared/json.ts';
import { mustBoolean, mustOneOf, optionalShortText } from '../../../shared/validate.ts';
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
  const { messageId } = body;
  const trigger = mustOneOf(triggers, body.trigger ?? 'submit-message', 'trigger');
  const [message, path] = lastMessage(body);
  if (message === undefined && trigger === 'submit-message') {
    throw invalid('messages', 'must have at least one message');
  }
  return {
    threadId: threadIdOf(body),
    trigger,
    messageId: optionalShortText(messageId ?? undefined, 'messageId'),
    message: message === undefined ? undefined : messageOf(body, message, path),
    path,
    model: optionalShortText(body.model ?? undefined, 'model'),
    agent: optionalShortText(body.agent ?? undefined, 'agent'),
  };
}

/** Both names are in use. Whether there is a thread of this id is for the store to say. */
function threadIdOf({ id, threadId }: Readonly<Record<string, JsonValue>>): string {
  const [told, path] = id === undefined ? [threadId, 'threadId'] : [id, 'id'];
  if (typeof told !== 'string') {
    throw invalid(told === undefined ? 'id' : path, 'must be the id of a thread');
  }
  if (id !== undefined && threadId !== undefined && id !== threadId) {
    throw invalid('threadId', 'must be the same as id, or left out');
  }
  return told;
}

/** `private` of the body stands for that of the message, which `useChat`'s `body` cannot reach. */
function messageOf(
  { private: isPrivate }: Readonly<Record<string, JsonValue>>,
  message: JsonValue,
  path: string,
): MessageNewItem {
  const known = fromUIMessage(message, path);
  if (isPrivate === undefined || !mustBoolean(isPrivate, 'private')) return known;
  return { ...known, private: true };
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
