import { errorStatuses } from '../protocol/error-statuses.ts';
import { errorOfProblem, problemContentType, type Problem } from '../protocol/problem.ts';
import { SkeinError, type ErrorCode } from '../shared/error.ts';

/**
 * The error for a response other than 2xx. A response without a Skein problem document comes from
 * an intermediary such as a proxy, and gets its code from the status.
 */
export async function errorOfResponse(response: Response): Promise<SkeinError> {
  const problem = await readProblem(response);
  if (problem) return errorOfProblem(problem);
  const { status, statusText } = response;
  const text = `The server responded with ${status}${statusText === '' ? '' : ` ${statusText}`}.`;
  return new SkeinError(codeOfStatus(status), text, { cause: new Error(`HTTP status ${status}`) });
}

async function readProblem(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('content-type')?.startsWith(problemContentType)) {
    await response.body?.cancel();
    return undefined;
  }
  const value = parse(await response.text());
  return isProblem(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // truncated: only the status is known
    throw error;
  }
}

/**
 * The code may come from a newer server and be unknown here; its status still says what kind it is.
 */
function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { code, detail } = value as Partial<Problem>; // looked at as unknown, field by field
  return typeof detail === 'string' && Object.hasOwn(errorStatuses, code ?? '');
}

/** The names of a record of all codes: a list of its own would make the client larger. */
const codes = Object.keys(errorStatuses) as ErrorCode[];

function codeOfStatus(status: number): ErrorCode {
  if (status === 502 || status === 504) return 'unavailable';
  const code = codes.find((candidate) => errorStatuses[candidate] === status);
  return code ?? (status >= 400 && status < 500 ? 'invalid_request' : 'internal');
}
