import { SkeinError, type ErrorCode } from '../shared/error.ts';
import { CliError } from './cli-error.ts';
import { safeText } from './format/safe-text.ts';
import type { Terminal } from './terminal.ts';

/** Advice for errors whose message cannot know about the command line. */
const hints: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'Give a server key or token with --token or SKEIN_TOKEN.',
  forbidden: 'Act as another user, with --user or --token.',
  not_found:
    '`skein threads` lists the threads; --data, --user and --token decide which store and whose.',
  rate_limited: 'Try again later.',
};

/**
 * Prints an error in one sentence with advice, and returns the exit code. `DEBUG=1` adds the stack.
 */
export function reportError(terminal: Terminal, error: unknown): 1 | 2 {
  const { err, errColors, env } = terminal;
  const { message, hint, exitCode } = describe(error);
  err.write(`${errColors.red('error:')} ${safeText(message)}\n`);
  if (hint !== undefined) err.write(`${safeText(hint)}\n`);
  if ((env.DEBUG ?? '') !== '') err.write(`${stackOf(error)}\n`);
  return exitCode;
}

function describe(error: unknown): { message: string; hint: string | undefined; exitCode: 1 | 2 } {
  if (error instanceof CliError) return error;
  if (error instanceof SkeinError) {
    return { message: error.message, hint: hints[error.code], exitCode: 1 };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isSystemError(error)) return { message, hint: undefined, exitCode: 1 };
  return {
    message: `Something unexpected happened: ${message}`,
    hint: 'Set DEBUG=1 to see where.',
    exitCode: 1,
  };
}

/** The message of an operating system error names the operation and the file. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
