import { SkeinError, type ErrorCode } from '../shared/error.ts';
import { errorTable } from './error-table.ts';
import { serverEndpoints } from '../api/operations/server.ts';
import { pathTo } from './path.ts';
import type { Problem } from './problem.ts';

/** More would not help a reader. */
const issuesMax = 20;
/** A message may quote what it is about. */
const detailLengthMax = 2000;

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
    ? detailOf(error)
    : 'The server failed. Its log has the details under the requestId.';
  const type = `${basePath}${documentationPath}#${code}`;
  const problem: Problem = { type, title, status, detail, code, requestId };
  if (!isOurs || code !== 'invalid_request') return problem;
  const issues = error.issues.slice(0, issuesMax);
  return { ...problem, errors: issues.map((issue) => ({ ...issue, path: shortPath(issue.path) })) };
}

/** The message, with no more of the paths in it than the issues have. */
function detailOf({ message, issues }: SkeinError): string {
  const long = issues.find(({ path }) => path !== shortPath(path));
  const text = long ? message.replaceAll(long.path, () => shortPath(long.path)) : message;
  return text.slice(0, detailLengthMax);
}

/** An error must not be as large as what it is about: a caller chooses the keys in a path. */
function shortPath(path: string): string {
  if (path.length <= echoLengthMax) return path;
  const short = path.split('.', pathDepthMax).map(shortEcho).join('.');
  return short.length <= pathLengthMax ? short : shortEcho(short);
}

function shortEcho(text: string): string {
  return text.length <= echoLengthMax ? text : `${text.slice(0, echoLengthMax)}…`;
}

const echoLengthMax = 100;
const pathLengthMax = 300;
/** As deep as content may be nested, and the places above it. */
const pathDepthMax = 80;
