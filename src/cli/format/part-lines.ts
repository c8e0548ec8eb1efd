import type { JsonValue } from '../../shared/json.ts';
import { isToolPart } from '../../shared/parts.ts';
import type { Part } from '../store-types.ts';
import type { Colors } from './colors.ts';
import { safeLine, safeText } from './safe-text.ts';
import { cutToWidth, wrapToWidth } from './text-width.ts';

export interface PartFormat {
  readonly colors: Colors;
  /** The width in columns at which text wraps; Infinity leaves its lines as they are. */
  readonly textWidth: number;
  /** The width in columns at which compact lines are cut. */
  readonly compactWidth: number;
}

/** The lines of one part: the full text, everything else compact on one line. */
export function partLines(part: Part, format: PartFormat): string[] {
  const { colors, textWidth, compactWidth } = format;
  const compact = (text: string): string[] => [
    colors.cyan(cutToWidth(safeLine(text), compactWidth)),
  ];
  switch (part.type) {
    case 'text':
      return wrapToWidth(safeText(textOf(part.text)), textWidth);
    case 'reasoning':
      return wrapToWidth(`(thinking) ${safeText(textOf(part.text))}`, textWidth).map(colors.dim);
    case 'tool-call':
      return compact(`→ ${textOf(part.toolName)} ${jsonOf(part.input ?? part.args)}`);
    case 'tool-result':
      return compact(
        `← ${textOf(part.toolName ?? part.toolCallId)} ${jsonOf(part.output ?? part.result)}`,
      );
    case 'file': {
      const name = textOf(part.filename ?? part.name);
      return compact(
        `[file] ${name} ${textOf(part.mediaType ?? part.mimeType)} ${urlOf(part.url)}`,
      );
    }
    case 'source-url':
    case 'source-document':
      return compact(`[source] ${textOf(part.title)} ${urlOf(part.url)}`);
    case 'step-start':
      return []; // it only marks the beginning of a step
    case 'data-error':
      return [colors.red(cutToWidth(safeLine(`! ${errorText(part)}`), compactWidth))];
    default:
      return compact(isInvocation(part) ? invocationText(part) : otherText(part));
  }
}

/** A tool part of a UI message: the call, its state and eventually the result. */
function isInvocation(part: Part): boolean {
  return isToolPart(part) && typeof part.state === 'string';
}

function invocationText(part: Part): string {
  const name =
    part.type === 'dynamic-tool' ? textOf(part.toolName) : part.type.slice('tool-'.length);
  const result = part.output ?? part.errorText;
  const answer = result === undefined ? '' : ` ← ${jsonOf(result)}`;
  return `→ ${name} (${textOf(part.state)}) ${jsonOf(part.input)}${answer}`;
}

/** Why an answer failed. */
function errorText({ data }: Part): string {
  const isObject = typeof data === 'object' && data !== null && 'message' in data;
  return isObject ? textOf(data.message) : jsonOf(data);
}

function otherText({ type, ...fields }: Part): string {
  return `[${type}] ${jsonOf(fields)}`;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A file may carry its content in its address; the content is not for reading. */
function urlOf(value: JsonValue | undefined): string {
  const url = textOf(value);
  return url.startsWith('data:') ? `${url.slice(0, 40)}…` : url;
}

function jsonOf(value: JsonValue | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}
