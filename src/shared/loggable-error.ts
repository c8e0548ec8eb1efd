/**
 * A thrown value for a log: its name, message, stack, code and causes. Drivers and clients attach
 * what they were given, such as a row that a database refused, its statement and the values in it,
 * which are texts of users.
 */
export function loggableError(thrown: unknown, depth: number = 0): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { name, message, stack, cause } = thrown;
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const copy = new Error(message);
  copy.name = name;
  if (stack !== undefined) copy.stack = stack;
  if (typeof code === 'string') Object.assign(copy, { code });
  if (cause !== undefined && depth < causesMax) copy.cause = loggableError(cause, depth + 1);
  return copy;
}

const causesMax = 8;
