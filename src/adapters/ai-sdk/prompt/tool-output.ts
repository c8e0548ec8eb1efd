import type { ToolResultPart } from 'ai';
import { isObject, type JsonObject } from '../../../shared/json.ts';

export type ToolOutput = ToolResultPart['output'];

/**
 * The output of a stored result for the model: as it is typed, or by what it is. Libraries name its
 * fields differently.
 */
export function toToolOutput({ output, result, isError, status }: JsonObject): ToolOutput {
  const value = output ?? result ?? null;
  const typed = isObject(value) ? typedOutput(value) : undefined;
  if (typed !== undefined) return typed;
  const isFailure = isError === true || status === 'error';
  const isText = typeof value === 'string';
  const type = isFailure ? (isText ? 'error-text' : 'error-json') : isText ? 'text' : 'json';
  return { type, value } as ToolOutput; // a text has a type of text, any JSON one of JSON
}

/** A value that has a type is such an output already, if it is whole. */
function typedOutput(value: JsonObject): ToolOutput | undefined {
  return isToolOutput(value) ? value : undefined;
}

/** Whether a value is an output of the AI SDK. A tool's own function may return anything. */
export function isToolOutput(value: unknown): value is ToolOutput {
  const { type, value: inner, reason } = (value ?? {}) as Record<string, unknown>; // any value's
  switch (type) {
    case 'text':
    case 'error-text':
      return typeof inner === 'string';
    case 'json':
    case 'error-json':
      return inner !== undefined;
    case 'execution-denied':
      return reason === undefined || typeof reason === 'string';
    case 'content':
      return Array.isArray(inner) && inner.length > 0 && inner.every(isContent);
    default:
      return false;
  }
}

function isContent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, text } = value as Record<string, unknown>; // it is an object
  return type === 'text' ? typeof text === 'string' : typeof type === 'string';
}
