/**
 * A text without anything long enough, and mixed enough, to be a key or a token, without addresses, and without the
 * keys that are `known`. For what others say, which may give back what they were sent.
 */
export function withoutKeys(text: string, known: readonly string[] = []): string {
  return withoutKnown(text, known)
    .replaceAll(/https?:\/\/\S+/g, gap)
    .replaceAll(/\b(?:bearer|sk|pk|key|token)[-_ :=]+\S{6,}/gi, gap)
    .replaceAll(/[\w*.+/=-]{20,}/g, (word) => (/\d/.test(word) || word.includes('*') ? gap : word));
}

/**
 * What was thrown, for a log: its name, message, stack, codes and causes without keys. Whatever else an error carries
 * is left out, such as the request that failed, with its headers and all that somebody had said.
 */
export function errorWithoutKeys(thrown: unknown, known: readonly string[], depth = 0): Error {
  const message = withoutKeys(messageOf(thrown), known);
  if (!(thrown instanceof Error)) return new Error(message);
  const { name, cause } = thrown;
  const copy = new Error(message);
  copy.name = withoutKeys(name, known);
  copy.stack = [`${copy.name}: ${message}`, ...framesOf(thrown, known)].join('\n');
  Object.assign(copy, codesOf(thrown, known));
  if (cause === undefined || depth === causesMax) return copy;
  copy.cause = errorWithoutKeys(cause, known, depth + 1);
  return copy;
}

/** Such as `ECONNREFUSED`, or the status with which a provider refused. */
function codesOf(thrown: Error, known: readonly string[]): object {
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const statusCode: unknown = 'statusCode' in thrown ? thrown.statusCode : undefined;
  return {
    ...(typeof code === 'string' && { code: withoutKeys(code, known) }),
    ...(typeof statusCode === 'number' && { statusCode }),
  };
}

const gap = '…';
/** Shorter ones are no keys but words, such as what a server that wants none is given for one. */
const knownLengthMin = 8;
const causesMax = 8;

function withoutKnown(text: string, known: readonly string[]): string {
  // The longest first: one key may begin as another.
  const keys = known.filter((key) => key.length >= knownLengthMin);
  const ordered = keys.toSorted((a, b) => b.length - a.length);
  return ordered.reduce((rest, key) => rest.replaceAll(key, gap), text);
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const isObject = typeof thrown === 'object' && thrown !== null;
  const message: unknown = isObject && 'message' in thrown ? thrown.message : undefined;
  return typeof message === 'string' ? message : `Thrown was no error, but: ${typeof thrown}.`;
}

/** The lines of a stack behind the message: they name code, so that only a known key is looked for in them. */
function framesOf(thrown: Error, known: readonly string[]): string[] {
  const { stack = '' } = thrown;
  const message = messageOf(thrown);
  const behind = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  const lines = behind.split('\n').filter((line) => /^\s+at /.test(line));
  return lines.map((line) => withoutKnown(line, known));
}
