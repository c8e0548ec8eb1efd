import type { ModelMessage, SystemModelMessage, UserModelMessage } from 'ai';
import type { Dialect } from './dialect.ts';
import { noteOf } from './prompt-file.ts';

/**
 * Messages in an order that the provider takes: the system's where they may stand, a user's first,
 * two of one role as one, and not the model's own at the end. `isContinued`: the last answer goes
 * on, so its calls stay.
 */
export function shapeMessages(
  messages: readonly ModelMessage[],
  dialect: Dialect,
  isContinued: boolean,
): ModelMessage[] {
  const begin = messages.findIndex(({ role }) => role !== 'system');
  const end = begin < 0 ? messages.length : begin;
  // All before `end` are the system's.
  let system = joinSystem(messages.slice(0, end) as SystemModelMessage[]);
  let rest = messages.slice(end);
  if (dialect.system !== 'anywhere') rest = rest.map(asUser);
  if (dialect.beginsWithUser) {
    const begun = withUserFirst(rest, dialect, isContinued);
    rest = begun.messages;
    if (begun.greeting !== undefined) system = joinSystem([...system, begun.greeting]);
  }
  if (dialect.system === 'never') {
    rest = [...system.map(asUser), ...rest];
    system = [];
  }
  const last = rest.at(-1)?.role;
  if (last !== 'user' && last !== 'tool') rest = [...rest, said(last ? 'Go on.' : 'Begin.')];
  return [...system, ...(dialect.alternates ? merged(rest) : rest)];
}

/** One message of the system, unless one has options of its own. */
function joinSystem(messages: readonly SystemModelMessage[]): SystemModelMessage[] {
  const told = messages.filter(({ content }) => content.trim() !== '');
  if (told.length < 2 || told.some((message) => message.providerOptions)) return told;
  return [{ role: 'system', content: told.map(({ content }) => content).join('\n\n') }];
}

function asUser(message: ModelMessage): ModelMessage {
  if (message.role !== 'system') return message;
  return { role: 'user', content: [{ type: 'text', text: `[System: ${message.content}]` }] };
}

function said(text: string): UserModelMessage {
  return { role: 'user', content: [{ type: 'text', text: `[${text}]` }] };
}

interface Beginning {
  readonly messages: ModelMessage[];
  /** What the model said before anyone asked, for the system text. */
  readonly greeting?: SystemModelMessage;
}

function withUserFirst(
  messages: ModelMessage[],
  { system }: Dialect,
  isContinued: boolean,
): Beginning {
  const first = messages.findIndex(({ role }) => role === 'user');
  if (first === 0 || messages.length === 0) return { messages };
  const isAnswering = first < 0 || (isContinued && !messages.slice(first).some(isAnswer));
  if (isAnswering || system === 'never')
    return { messages: [said('It begins with you.'), ...messages] };
  const text = messages.slice(0, first).flatMap(textsOf).join('\n\n');
  if (text === '') return { messages: messages.slice(first) };
  const greeting = `You began the conversation with these words:\n${text}`;
  return { messages: messages.slice(first), greeting: { role: 'system', content: greeting } };
}

function isAnswer({ role }: ModelMessage): boolean {
  return role === 'assistant';
}

function textsOf({ role, content }: ModelMessage): string[] {
  if (role !== 'assistant') return [];
  if (typeof content === 'string') return [content];
  return content.flatMap((part) => {
    if (part.type === 'text') return [part.text];
    return part.type === 'file' ? [noteOf('A file', 'You had made it.')] : [];
  });
}

function merged(messages: readonly ModelMessage[]): ModelMessage[] {
  const result: ModelMessage[] = [];
  for (const message of messages) {
    const before = result.at(-1);
    const both = before && joined(before, message);
    if (both) result[result.length - 1] = both;
    else result.push(message);
  }
  return result;
}

function joined(first: ModelMessage, second: ModelMessage): ModelMessage | undefined {
  const isSame = first.role === second.role;
  if (!isSame || (first.role !== 'user' && first.role !== 'assistant')) return undefined;
  const content = [...listOf(first.content), ...listOf(second.content)];
  return { ...first, ...second, content } as ModelMessage; // both have the same role
}

function listOf(content: ModelMessage['content']): readonly unknown[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
