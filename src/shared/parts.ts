import { invalid } from './error.ts';
import { toJsonObject, type JsonObject, type TaggedJson } from './json.ts';
import { joinInline, mentionsMax, mentionText, toMention } from './mentions.ts';
import { mustShortText } from './validate.ts';

/**
 * Validates and copies the parts of an item. Known kinds must have their essential fields; unknown
 * kinds, and unknown fields of known ones, are kept unchanged. The kinds are those of the AI SDK's
 * UI messages and model messages (ai-sdk.dev, "UIMessage" and "ModelMessage").
 */
export function toParts(value: unknown, path: string): TaggedJson[] {
  if (!Array.isArray(value)) throw invalid(path, 'must be an array of parts');
  if (value.length === 0) throw invalid(path, 'must have at least one part');
  if (value.length > partsMax) throw invalid(path, `must have at most ${partsMax} parts`);
  const parts = Array.from(value, (part, i) => toPart(part, `${path}.${i}`));
  mustMentionFew(parts, path);
  return parts;
}

/** One item calls only so many. */
export function mustMentionFew(parts: readonly TaggedJson[], path: string): void {
  let count = 0;
  for (const { type } of parts) if (type === 'mention') count += 1;
  if (count > mentionsMax) throw invalid(path, `must have at most ${mentionsMax} mentions`);
}

const partsMax = 10_000;

function toPart(value: unknown, path: string): TaggedJson {
  const part = toJsonObject(value, path, 1);
  const { type } = part;
  if (typeof type !== 'string' || type === '') throw invalid(`${path}.type`, 'must be a text');
  const isTool = isToolInvocation(type, part);
  const required = isTool ? toolFields(type) : knownKinds.get(type);
  if (required) for (const field of required) mustHaveText(part, field, path);
  if (type === 'file' && part.mimeType === undefined) mustHaveText(part, 'mediaType', path);
  if (isTool) mustHaveToolState(part, path);
  if (type === 'mention') mustMention(part, path);
  return part as TaggedJson; // its `type` is a string
}

function mustMention({ userId, name }: JsonObject, path: string): void {
  mustShortText(userId, `${path}.userId`);
  if (name !== undefined) mustShortText(name, `${path}.name`);
}

/** The type of the parts that tell people why an answer failed. The model never gets them. */
export const errorPartType = 'data-error';

/** Whether a part only shows a tool at work: its call, its result, or both. */
export function isToolPart({ type }: { readonly type: string }): boolean {
  return type === 'dynamic-tool' || type.startsWith('tool-');
}

/** Whether a part is a UI tool part, which has a state; `tool-call` and `tool-result` have none. */
function isToolInvocation(type: string, part: JsonObject): boolean {
  return type === 'dynamic-tool' || (type.startsWith('tool-') && part.state !== undefined);
}

function toolFields(type: string): readonly string[] {
  return type === 'dynamic-tool' ? ['toolName', 'toolCallId'] : ['toolCallId'];
}

const knownKinds: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['text']],
  ['reasoning', ['text']],
  ['source-url', ['sourceId', 'url']],
  ['source-document', ['sourceId', 'mediaType', 'title']],
  ['tool-call', ['toolCallId', 'toolName']],
  ['tool-result', ['toolCallId']],
]);

const toolStates = [
  'input-streaming',
  'input-available',
  'approval-requested',
  'approval-responded',
  'output-available',
  'output-error',
  'output-denied',
];

function mustHaveToolState(part: JsonObject, path: string): void {
  if (typeof part.state === 'string' && toolStates.includes(part.state)) return;
  throw invalid(`${path}.state`, `must be one of ${toolStates.join(', ')}`);
}

function mustHaveText(part: JsonObject, field: string, path: string): void {
  if (typeof part[field] !== 'string') throw invalid(`${path}.${field}`, 'must be a text');
}

/** The texts and mentions joined, as people read them; empty if there are none. */
export function textOf(parts: readonly TaggedJson[]): string {
  let text = '';
  let isInline = false;
  for (const part of parts) {
    const mention = part.type === 'mention' ? toMention(part) : undefined;
    const said = mention ? mentionText(mention) : part.type === 'text' ? part.text : undefined;
    if (typeof said !== 'string') continue;
    if (isInline || mention) text = joinInline(text, said);
    else text += text === '' ? said : ` ${said}`;
    isInline = mention !== undefined;
  }
  return text;
}
