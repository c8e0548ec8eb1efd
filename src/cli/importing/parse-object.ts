import { SkeinError } from '../../shared/error.ts';
import { isObject, parseJsonExactly, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { LineError, textOfLine, type Line } from './read-lines.ts';

/** The JSON object on a line. Throws `LineError`. */
export function parseObject(line: Line): JsonObject {
  const value = parseLine(line);
  if (!isObject(value)) throw new LineError(line.number, 'must be a JSON object');
  return value;
}

function parseLine(line: Line): JsonValue {
  try {
    return parseJsonExactly(textOfLine(line));
  } catch (error) {
    if (!(error instanceof SkeinError)) throw error;
    const { cause } = error;
    const message = cause instanceof SyntaxError ? `is not JSON: ${cause.message}` : error.message;
    throw new LineError(line.number, message, { cause: error });
  }
}

/** The fields of an object besides those named. */
export function otherFields(object: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !known.includes(name)));
}
