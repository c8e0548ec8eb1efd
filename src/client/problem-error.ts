import { errorStatuses } from '../protocol/error-statuses.ts';
import { errorOfProblem, problemContentType, type Problem } from '../protocol/problem.ts';
import { errorCodes, SkeinError, type ErrorCode } from '../shared/error.ts';

/**
 * The error that an answer other than 2xx speaks of. What is no problem document of Skein's comes
 * from something in between, such as a proxy, and is named after its status.
 */
export async function errorOfResponse(response: Response): Promise<SkeinError> {
  const problem = await readProblem(response);
  if (problem) return errorOfProblem(problem);
  const { status, statusText } = response;
  const text = `The server answered ${status}${statusText === '' ? '' : ` ${statusText}`}.`;
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
    if (error instanceof SyntaxError) return undefined; // cut off on the way: the status must do
    throw error;
  }
}

/** The code of a newer server may be unknown here; its status still says what kind it is. */
function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { code, detail } = value as Partial<Problem>; // looked at as unknown, field by field
  return typeof detail === 'string' && errorCodes.some((known) => known === code);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 502 || status === 504) return 'unavailable';
  const code = errorCodes.find((candidate) => errorStatuses[candidate] === status);
  return code ?? (status >= 400 && status < 500 ? 'invalid_request' : 'internal');
}
