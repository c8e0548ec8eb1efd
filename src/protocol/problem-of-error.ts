import { SkeinError, type ErrorCode } from '../shared/error.ts';
import { errorTable } from './error-table.ts';
import { serverEndpoints } from '../api/operations/server.ts';
import { pathTo } from './path.ts';
import type { Problem } from './problem.ts';

/** More would not help a reader. */
const issuesMax = 20;

const documentationPath: string = pathTo(serverEndpoints.getDocumentation, {});

/**
 * What a caller learns about an error. A `SkeinError` shows its code and message. Anything else is
 * a server failure, of which a caller sees only the request's id. The API and the documentation of
 * the codes are mounted at `basePath`.
 */
export function problemOfError(error: unknown, requestId: string, basePath: string): Problem {
  const isOurs = error instanceof SkeinError && error.code !== 'internal';
  const code: ErrorCode = isOurs ? error.code : 'internal';
  const { title, status } = errorTable[code];
  const detail = isOurs
    ? error.message
    : 'The server failed. Its log has the details under the requestId.';
  const type = `${basePath}${documentationPath}#${code}`;
  const problem: Problem = { type, title, status, detail, code, requestId };
  if (!isOurs || code !== 'invalid_request') return problem;
  return { ...problem, errors: error.issues.slice(0, issuesMax) };
}
