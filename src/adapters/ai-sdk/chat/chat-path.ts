import { MethodNotAllowedError } from '../../../protocol/method-not-allowed-error.ts';
import { splitEndpoint } from '../../../protocol/path.ts';
import { chatEndpoints } from '../../../api/operations/chat.ts';
import { invalid, SkeinError } from '../../../shared/error.ts';

export const defaultChatPath: string = splitEndpoint(chatEndpoints.postMessage).path;

type ChatOperation = keyof typeof chatEndpoints;

interface ChatPath {
  readonly operation: ChatOperation;
  /** Empty if the operation has no thread in its path. */
  readonly threadId: string;
  /** Empty if the operation has no message in its path. */
  readonly messageId: string;
}

/**
 * Parses a request to a chat mounted at `basePath`. Throws `not_found` for any other path, and
 * `method_not_allowed`.
 */
export function parseChatPath(method: string, pathname: string, basePath: string): ChatPath {
  const rest = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : undefined;
  const there = rest === undefined ? [] : patterns.filter(({ pattern }) => pattern.test(rest));
  if (there.length === 0) {
    throw new SkeinError('not_found', 'There is nothing at this path of the chat.');
  }
  const found = there.find(({ methods }) => methods.includes(method));
  if (found === undefined) {
    throw new MethodNotAllowedError(method, there.flatMap(({ methods }) => methods).join(', '));
  }
  const { operation, pattern } = found;
  const [, threadId = '', messageId = ''] = pattern.exec(rest ?? '') ?? [];
  return { operation, threadId: decode(threadId), messageId: decode(messageId) };
}

const operations = Object.keys(chatEndpoints) as ChatOperation[]; // the keys of the table itself

/** The paths below the chat's base path. */
const patterns = operations.map((operation) => {
  const { method, path } = splitEndpoint(chatEndpoints[operation]);
  const below = path.slice(defaultChatPath.length);
  const pattern = below === '' ? '/?' : below.replaceAll(/\{\w+\}/g, '([^/]+)');
  const methods: readonly string[] = method === 'GET' ? ['GET', 'HEAD'] : [method];
  return { operation, methods, pattern: new RegExp(`^${pattern}$`) };
});

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw invalid('path', 'has a broken percent-encoding');
    throw error;
  }
}
