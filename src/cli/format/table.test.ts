import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

const columns = [
  { title: 'TITLE', widthMin: 8 },
  { title: 'ID' },
  { title: 'ITEMS', align: 'right' },
  { title: 'LAST', widthMin: 6 },
] as const;

test('columns are aligned, numbers to the right', () => {
  const rows = [
    ['Short', 'a-1', '7', 'bye'],
    ['你好', 'b-22', '1,234', ''],
  ];
  expect(formatTable(columns, rows, 80)).toEqual([
    'TITLE  ID    ITEMS  LAST',
    'Short  a-1       7  bye',
    '你好   b-22  1,234',
  ]);
});

test('in a narrow terminal flexible columns give way, ids never', () => {
  const id = '0193a0c2-7d1f-7aaa-8bbb-123456789abc';
  const lines = formatTable(
    columns,
    [['A title that is rather long', id, '3', 'and a long preview']],
    70,
  );
  expect(lines.every((line) => stringWidth(line) <= 70)).toBe(true);
  expect(lines[1]).toContain(id);
  expect(lines[1]).toContain('…');
});

test('a table that cannot fit keeps its smallest widths', () => {
  const lines = formatTable(columns, [['A long title', 'an-id-that-is-long', '3', 'preview']], 10);
  expect(lines[1]).toBe(
    'A long…  an-id-that-is-long      3  previ…'.replace('A long…', 'A long…'.padEnd(8)),
  );
});
