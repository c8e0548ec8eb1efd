import { APICallError, RetryError } from 'ai';
import { expect, test } from 'vitest';
import { toRunFailure } from '../adapters/ai-sdk/run-failures.ts';
import { SkeinError } from '../shared/error.ts';
import { toRunError } from '../shared/run-failure.ts';
import { reportFailedRuns } from './report-failed-runs.ts';

interface Line {
  readonly level: string;
  readonly [field: string]: unknown;
}

function linesOf(failure: unknown): Line[] {
  const lines: Line[] = [];
  const to = (level: string) => (fields: object, message: string) => {
    lines.push({ level, message, ...fields });
  };
  const logger = { error: to('error'), warn: to('warn'), info: to('info'), debug: to('debug') };
  const report = reportFailedRuns({ logger, close: () => Promise.resolve(true) }, [
    'correct-horse',
  ]);
  report(failure, { threadId: 't', runId: 'r', error: toRunError(failure) });
  return lines;
}

function refusal(error: object, message = 'Cannot take: hunter2'): APICallError {
  return new APICallError({
    message,
    url: 'https://api.test/v1',
    requestBodyValues: { messages: [{ role: 'user', content: 'hunter2, my secret_word' }] },
    statusCode: 400,
    responseBody: JSON.stringify({ error: { message, ...error } }),
    data: { error: { message, ...error } },
  });
}

test.each([
  ['as it is', refusal({ code: 'content_filter' })],
  ['after retries', retried(refusal({ code: 'content_filter' }))],
])('a refusal is a warning with the code and the status of the provider, %s', (_how, error) => {
  const [warning, detail] = linesOf(toRunFailure(error));
  expect(warning).toMatchObject({
    level: 'warn',
    code: 'invalid_request',
    reason: 'The model refused the request.',
    status: 400,
    providerCode: 'content_filter',
  });
  expect(JSON.stringify(warning)).not.toMatch(/hunter2|secret|Cannot take/);
  expect(detail).toMatchObject({ level: 'debug', threadId: 't', runId: 'r' });
});

function retried(last: APICallError): RetryError {
  return new RetryError({ message: last.message, reason: 'maxRetriesExceeded', errors: [last] });
}

test.each([
  [{ code: 'hunter2' }],
  [{ code: 'secret_word' }],
  [{ code: 'SECRET_WORD' }],
  [{ code: 'not a code: hunter2' }],
  [{ code: 'correct-horse' }],
  [{ code: 12, type: { hunter2: 1 } }],
])('what was asked is no code: %j', (error) => {
  const [warning] = linesOf(toRunFailure(refusal(error)));
  expect(warning).not.toHaveProperty('providerCode');
  expect(JSON.stringify(warning)).not.toMatch(/hunter2|secret|horse/i);
});

test('a failure that is not known is an error, which tells where it was thrown and not what', () => {
  const cause = Object.assign(new Error('hunter2'), { code: 'ECONNRESET' });
  const failure = new TypeError('It was hunter2\n    at hunter2', { cause });
  const [error, detail] = linesOf(failure);
  expect(error).toMatchObject({
    level: 'error',
    code: 'internal',
    providerCode: 'ECONNRESET',
    errors: [{ name: 'TypeError' }, { name: 'Error' }],
  });
  expect(JSON.stringify(error)).toContain('report-failed-runs.test.ts');
  expect(JSON.stringify(error)).not.toContain('hunter2');
  expect((detail!.err as Error).message).toContain('hunter2');
});

test("the store's own failures keep their words", () => {
  const [line] = linesOf(new SkeinError('unavailable', 'The database is away.'));
  expect(line).toMatchObject({ detail: 'The database is away.' });
});
