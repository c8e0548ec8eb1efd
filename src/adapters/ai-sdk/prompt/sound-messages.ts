import type { ModelMessage, ToolResultPart } from 'ai';
import type { JsonValue } from '../../../shared/json.ts';
import { toBase64 } from '../../../shared/bytes.ts';
import type { Care } from './care.ts';
import type { Dialect } from './dialect.ts';
import { noteOf, toPromptFile } from './prompt-file.ts';
import { isToolOutput, toToolOutput, type ToolOutput } from './tool-output.ts';

interface MessageRules {
  readonly dialect: Dialect | undefined;
  readonly care: Care;
  /** The last message but those of tools is an answer that goes on. */
  readonly isContinued: boolean;
}

type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

/**
 * Messages without what providers refuse in one: empty texts, thoughts that lead to nothing, calls
 * without a result, approvals that were used, outputs of tools that are none, halves of characters.
 */
export function soundMessages(
  messages: readonly ModelMessage[],
  rules: MessageRules,
): ModelMessage[] {
  const lastAnswer = messages.findLastIndex(({ role }) => role === 'assistant');
  const sound = messages.flatMap((message, i) => {
    const isPending = rules.isContinued && i >= lastAnswer;
    if (message.role === 'assistant') return soundAnswer(message, messages[i + 1], isPending);
    if (message.role === 'tool') return soundResults(message, rules, isPending);
    return message.content.length > 0 ? [message] : [];
  });
  return wellFormed(sound) as ModelMessage[]; // only texts are changed
}

function soundAnswer(
  message: AssistantMessage,
  next: ModelMessage | undefined,
  isPending: boolean,
): ModelMessage[] {
  if (typeof message.content === 'string') return [message];
  const answered = answeredIn(message.content, next?.role === 'tool' ? next : undefined, isPending);
  const content = message.content.filter((part) => {
    if (part.type === 'tool-approval-request') return isPending && answered.has(part.toolCallId);
    return part.type !== 'tool-call' || answered.has(part.toolCallId);
  });
  // The last block of an answer may not be a thought.
  const end = content.findLastIndex(({ type }) => !/^(reasoning|custom)/.test(type));
  return end < 0 ? [] : [{ ...message, content: content.slice(0, end + 1) }];
}

/** The ids of the calls with a result, or with a decision after which they run now. */
function answeredIn(
  content: Exclude<AssistantMessage['content'], string>,
  next: ToolMessage | undefined,
  isPending: boolean,
): ReadonlySet<string> {
  const parts = [...content, ...(next?.content ?? [])];
  const approvals = new Set(
    parts.flatMap((part) => (part.type === 'tool-approval-response' ? part.approvalId : [])),
  );
  const ids = parts.flatMap((part) => {
    if (part.type === 'tool-result') return part.toolCallId;
    const isDecided = isPending && part.type === 'tool-approval-request';
    return isDecided && approvals.has(part.approvalId) ? part.toolCallId : [];
  });
  return new Set(ids);
}

function soundResults(
  message: ToolMessage,
  rules: MessageRules,
  isPending: boolean,
): ModelMessage[] {
  const content: ToolMessage['content'] = message.content.flatMap(
    (part): ToolMessage['content'] => {
      if (part.type !== 'tool-result') return isPending ? [part] : [];
      return [{ ...part, output: soundOutput(part.output, rules) }];
    },
  );
  return content.length === 0 ? [] : [{ ...message, content }];
}

function soundOutput(output: ToolResultPart['output'], rules: MessageRules): ToolOutput {
  if (!isToolOutput(output)) return toToolOutput({ output: jsonOf(output) });
  if (output.type !== 'content') return output;
  const pieces = output.value.map((piece) => soundPiece(piece, rules));
  const isText = pieces.every(({ type }) => type === 'text');
  if (rules.dialect === undefined || !isText) {
    return { ...output, value: pieces } as ToolOutput; // its pieces are as before, or files
  }
  return { type: 'text', value: pieces.map(({ text = '' }) => text).join('\n') };
}

function jsonOf(value: unknown): JsonValue {
  const text = JSON.stringify(value) as string | undefined; // functions have no JSON
  if (text === undefined) return null;
  return JSON.parse(text) as JsonValue; // JSON is of this type
}

/** A piece of a tool's output: a text, or a file in one of the forms that the AI SDK has had. */
interface Piece {
  readonly type: string;
  readonly text?: string;
  readonly mediaType?: string;
  readonly data?: unknown;
  readonly url?: unknown;
}

function soundPiece(piece: Piece, { dialect, care }: MessageRules): Piece {
  const { type, mediaType } = piece;
  if (type === 'text' || (type === 'custom' && care === 'usual')) return piece;
  const kinds = care === 'no-files' ? [] : dialect?.resultFiles;
  const known = {
    type: 'file',
    mediaType: mediaType ?? (type.startsWith('image') ? 'image' : ''),
    ...sourceOf(piece),
  };
  const file = toPromptFile(known, { dialect, kinds, fetched: new Map() });
  if (file.type === 'reference') return piece;
  if (file.type === 'text') return file;
  if (kinds?.length === 0) return { type: 'text', text: noteOf('A file', 'It is not sent here.') };
  return { type: 'file', mediaType: file.mediaType, data: { type: 'url', url: new URL(file.url) } };
}

function sourceOf({ data, url }: Piece): { readonly url?: string; readonly data?: string } {
  const tagged: unknown[] = typeof data === 'object' && data !== null ? Object.values(data) : [];
  for (const source of [url, data, ...tagged]) {
    if (source instanceof URL) return { url: source.href };
    if (source instanceof Uint8Array) return { data: toBase64(source) };
    if (typeof source !== 'string' || sourceTypes.has(source)) continue;
    return /^[a-z]+:/i.test(source) ? { url: source } : { data: source };
  }
  return {};
}

/** The tag of a source is among its fields. */
const sourceTypes: ReadonlySet<string> = new Set(['data', 'url', 'reference', 'text']);

/** Half a surrogate pair, for instance of a text that was cut, makes a request invalid. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null || value instanceof URL) return value;
  if (value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]),
  );
}
