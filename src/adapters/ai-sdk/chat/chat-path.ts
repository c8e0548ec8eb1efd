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

/** Parses a request to a chat mounted at `basePath`. Throws `not_found` for any other path. */
export function parseChatPath(method: string, pathname: string, basePath: string): ChatPath {
  const rest = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : undefined;
  const found = rest === undefined ? undefined : patterns.find(({ pattern }) => pattern.test(rest));
  if (found === undefined) throw unknownPath('There is nothing at this path of the chat.');
  const { operation, offered, pattern } = found;
  const isOffered = method === offered || (method === 'HEAD' && offered === 'GET');
  if (!isOffered) throw unknownPath(`This path offers ${offered}.`);
  const [, threadId = '', messageId = ''] = pattern.exec(rest ?? '') ?? [];
  return { operation, threadId: decode(threadId), messageId: decode(messageId) };
}

const operations = Object.keys(chatEndpoints) as ChatOperation[]; // the keys of the table itself

/** The paths below the chat's base path. */
const patterns = operations.map((operation) => {
  const { method, path } = splitEndpoint(chatEndpoints[operation]);
  const below = path.slice(defaultChatPath.length);
  const pattern = below === '' ? '/?' : below.replaceAll(/\{\w+\}/g, '([^/]+)');
  return { operation, offered: method, pattern: new RegExp(`^${pattern}$`) };
});

function unknownPath(message: string): SkeinError {
  return new SkeinError('not_found', message);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw invalid('path', 'has a broken percent-encoding');
    throw error;
  }
}
