import { isMet, ratioOf, type Bar, type Row, type Unit } from './measure.ts';

const headings = ['measure', 'ours', 'reference', 'against', 'ratio', 'spread', 'bar', ''] as const;
/** Figures are aligned at their last digit. */
const isRight = [false, true, true, false, true, false, true, false];

/** The rows as a table in Markdown that is also readable as plain text. */
export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map(cellsOf);
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, 3, ...cells.map((row) => row[i]!.length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (isRight[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    isRight[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return `${[line(headings), line(rule), ...cells.map(line)].join('\n')}\n`;
}

function cellsOf(row: Row): string[] {
  return [
    row.measure,
    figure(row.ours, row.unit),
    figure(row.reference, row.unit),
    row.against,
    ratioOf(row).toFixed(2),
    row.spread ? row.spread.map((ratio) => ratio.toFixed(2)).join(' to ') : '',
    row.bar ? barText(row.bar, row.unit) : '',
    row.bar === undefined ? '' : isMet(row) ? 'pass' : 'MISSED',
  ];
}

function figure(value: number, unit: Unit): string {
  switch (unit) {
    case 'a second':
      return `${Math.round(value).toLocaleString('en')}/s`;
    case 'ms':
      return `${value.toFixed(2)} ms`;
    case 'µs':
      return `${Math.round(value).toLocaleString('en')} µs`;
    case 'MB':
      return `${Math.round(value)} MB`;
    case 'KB':
      return `${value.toFixed(1)} KB`;
    case 'count':
      return value.toLocaleString('en');
  }
}

function barText(bar: Bar, unit: Unit): string {
  switch (bar.kind) {
    case 'atLeast':
      return `≥ ${bar.value}`;
    case 'atMost':
      return `≤ ${bar.value}`;
    case 'below':
      return `< ${bar.value} ${unit}`;
    case 'upTo':
      return unit === 'count' ? `≤ ${bar.value} in all` : `≤ ${bar.value} ${unit}`;
    case 'adds':
      return `≤ +${bar.value} ${unit}`;
  }
}
