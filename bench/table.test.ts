import { describe, expect, test } from 'vitest';
import { isMet, type Bar, type Row } from './measure.ts';
import { renderTable } from './table.ts';

const row: Row = {
  measure: 'appends',
  unit: 'a second',
  ours: 12_000,
  reference: 20_000,
  against: 'writing directly',
};

test('a table shows figures beside their reference, the ratio, the spread and the verdict', () => {
  const rows: Row[] = [
    { ...row, spread: [0.55, 0.65], bar: { kind: 'atLeast', value: 0.6 } },
    {
      ...row,
      measure: 'p99',
      unit: 'ms',
      ours: 25,
      reference: 10,
      bar: { kind: 'below', value: 20 },
    },
    { ...row, measure: 'page', unit: 'µs', ours: 150, reference: 100 },
  ];
  expect(renderTable(rows)).toMatchInlineSnapshot(`
    "| measure |     ours | reference | against          | ratio | spread       |     bar |        |
    | ------- | -------: | --------: | ---------------- | ----: | ------------ | ------: | ------ |
    | appends | 12,000/s |  20,000/s | writing directly |  0.60 | 0.55 to 0.65 |   ≥ 0.6 | pass   |
    | p99     | 25.00 ms |  10.00 ms | writing directly |  2.50 |              | < 20 ms | MISSED |
    | page    |   150 µs |    100 µs | writing directly |  1.50 |              |         |        |
    "
  `);
});

describe('a bar', () => {
  const cases: readonly (readonly [bar: Bar, ours: number, isReached: boolean])[] = [
    [{ kind: 'atLeast', value: 0.6 }, 60, true],
    [{ kind: 'atLeast', value: 0.6 }, 59, false],
    [{ kind: 'atMost', value: 1.3 }, 130, true],
    [{ kind: 'atMost', value: 1.3 }, 131, false],
    [{ kind: 'below', value: 20 }, 19.9, true],
    [{ kind: 'below', value: 20 }, 20, false],
    [{ kind: 'upTo', value: 11 }, 11, true],
    [{ kind: 'upTo', value: 11 }, 11.1, false],
    [{ kind: 'adds', value: 5 }, 105, true],
    [{ kind: 'adds', value: 5 }, 106, false],
  ];
  test.each(cases)(
    'of %j with ours %d and the reference 100 is reached: %s',
    (bar, ours, isReached) => {
      expect(isMet({ ...row, ours, reference: 100, bar })).toBe(isReached);
    },
  );

  test('that is not there is not missed', () => {
    expect(isMet({ ...row, ours: 0 })).toBe(true);
  });
});
