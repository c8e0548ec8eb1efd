import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorCodes } from '../shared/error.ts';
import { errorTable } from './error-table.ts';
import { errorOfProblem } from './problem.ts';

const document = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md documents exactly the known codes', () => {
  const headings = [...document.matchAll(/^## `(.*)`$/gm)].map(([, code]) => code);
  expect(headings).toEqual([...errorCodes]);
  const rows = [...document.matchAll(/^\| \[`(\w+)`\]\(#(\w+)\) +\| +(\d+) +\|/gm)];
  expect(rows.map(([, code, anchor, status]) => [code, anchor, Number(status)])).toEqual(
    errorCodes.map((code) => [code, code, errorTable[code].status]),
  );
});

test('each code is documented with its status, an example and what to do', () => {
  for (const code of errorCodes) {
    const section = document.split(`## \`${code}\``)[1]!.split('\n## ')[0]!;
    expect(section).toContain(`**Status ${errorTable[code].status}`);
    expect(section, code).toMatch(/^Example: /m);
    expect(section, code).toMatch(/^\*\*What to do:\*\* /m);
  }
});

test('a problem becomes the error that it describes', () => {
  const errors = [{ path: 'limit', message: 'must be a number' }];
  const error = errorOfProblem({
    type: '/docs#invalid_request',
    title: 'T',
    status: 400,
    detail: 'D',
    code: 'invalid_request',
    requestId: 'r',
    errors,
  });
  expect(error).toMatchObject({ code: 'invalid_request', message: 'D', issues: errors });
});
