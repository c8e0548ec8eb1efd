import type { JsonValue } from '../shared/json.ts';

/** Text, in Markdown. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** An image: an address, a `data:` URL, or base64. Bytes are stored as base64. */
export interface ImagePart {
  readonly type: 'image';
  readonly image: string | Uint8Array;
  readonly mediaType?: string;
}

/**
 * A file: its address, or its content as base64. `mimeType` and `name` are other names of
 * `mediaType` and `filename`; one media type is needed. Bytes are stored as base64.
 */
export interface FilePart {
  readonly type: 'file';
  readonly mediaType?: string;
  readonly mimeType?: string;
  readonly url?: string;
  readonly data?: string | Uint8Array;
  readonly filename?: string;
  readonly name?: string;
}

/** The model asks for a tool. */
export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input?: JsonValue;
  readonly args?: JsonValue;
}

/** What a tool gave back. Without `toolName`, the name is that of the call with this id. */
export interface ToolResultPart {
  readonly type: 'tool-result';
  readonly toolCallId: string;
  readonly toolName?: string;
  readonly output?: JsonValue;
  readonly result?: JsonValue;
  readonly isError?: boolean;
}

/**
 * Mentions a user. It takes effect where that user may read the item, and never from a private one;
 * otherwise it is shown as text. At most 50 an item. `name` is the name as the writer sees it;
 * models and lists read `@name`, or `@userId` without one.
 */
export interface MentionPart {
  readonly type: 'mention';
  readonly userId: string;
  readonly name?: string;
}

/**
 * The common kinds of parts, for programs that write them. Items may have parts of any kind: see
 * `Part`.
 */
export type MessagePart =
  | TextPart
  | ImagePart
  | FilePart
  | ToolCallPart
  | ToolResultPart
  | MentionPart;
