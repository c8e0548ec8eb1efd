/**
 * Replaces everything in a text that may be a secret: the keys that are `known`, words long and
 * mixed enough to be a key or a token, and addresses. For messages of other services, which may
 * repeat what they were sent.
 */
export function withoutKeys(text: string, known: readonly string[] = []): string {
  return withoutKnown(text, known)
    .replaceAll(/https?:\/\/\S+/g, gap)
    .replaceAll(/\b(?:bearer|sk|pk|key|token)[-_ :=]+\S{6,}/gi, gap)
    .replaceAll(/[\w*.+/=-]{20,}/g, (word) => (/\d/.test(word) || word.includes('*') ? gap : word));
}

/**
 * A copy of a thrown value for a log: its name, message, stack, codes and causes, without keys.
 * Other fields are left out: they may hold the failed request, its headers and a user's words.
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

/** An error code such as `ECONNREFUSED`, and the status with which a provider refused. */
function codesOf(thrown: Error, known: readonly string[]): object {
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const statusCode: unknown = 'statusCode' in thrown ? thrown.statusCode : undefined;
  return {
    ...(typeof code === 'string' && { code: withoutKeys(code, known) }),
    ...(typeof statusCode === 'number' && { statusCode }),
  };
}

const gap = '…';
/** Shorter ones are words, not keys: a server that needs no key is given one such as "none". */
const knownLengthMin = 8;
const causesMax = 8;

function withoutKnown(text: string, known: readonly string[]): string {
  // Longest first: one key may be a prefix of another.
  const keys = known.filter((key) => key.length >= knownLengthMin);
  const ordered = keys.toSorted((a, b) => b.length - a.length);
  return ordered.reduce((rest, key) => rest.replaceAll(key, gap), text);
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const isObject = typeof thrown === 'object' && thrown !== null;
  const message: unknown = isObject && 'message' in thrown ? thrown.message : undefined;
  return typeof message === 'string'
    ? message
    : `A value of type ${typeof thrown} was thrown, not an error.`;
}

/**
 * The lines of a stack after the message. They name code, so only known keys are replaced in them.
 */
function framesOf(thrown: Error, known: readonly string[]): string[] {
  const { stack = '' } = thrown;
  const message = messageOf(thrown);
  const behind = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  const lines = behind.split('\n').filter((line) => /^\s+at /.test(line));
  return lines.map((line) => withoutKnown(line, known));
}
