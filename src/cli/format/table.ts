import stringWidth from 'string-width';
import { cutToWidth, padToWidth } from './text-width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /**
   * The smallest width in terminal columns to which the column shrinks if the table is wider than
   * the terminal. Without it the column is never cut, so that ids can be copied.
   */
  readonly widthMin?: number;
}

/**
 * The lines of an aligned table, the titles first. Each cell is one line without control
 * characters.
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  widthMax: number,
): string[] {
  const widths = fitWidths(columns, naturalWidths(columns, rows), widthMax);
  return [columns.map(({ title }) => title), ...rows].map((cells) =>
    columns
      .map(({ align }, i) =>
        padToWidth(cutToWidth(cells[i] ?? '', widths[i]!), widths[i]!, align ?? 'left'),
      )
      .join(gap)
      .trimEnd(),
  );
}

const gap = '  ';

function naturalWidths(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): number[] {
  return columns.map(({ title }, i) =>
    rows.reduce((width, cells) => Math.max(width, stringWidth(cells[i] ?? '')), stringWidth(title)),
  );
}

/** Shrinks the widest flexible column, step by step, so that short ones stay whole. */
function fitWidths(
  columns: readonly TableColumn[],
  natural: readonly number[],
  widthMax: number,
): number[] {
  const widths = [...natural];
  const total = widths.reduce((sum, width) => sum + width, 0) + gap.length * (columns.length - 1);
  for (let excess = total - widthMax; excess > 0; excess--) {
    const widest = widestFlexible(columns, widths);
    if (widest === undefined) break;
    widths[widest]!--;
  }
  return widths;
}

function widestFlexible(
  columns: readonly TableColumn[],
  widths: readonly number[],
): number | undefined {
  let widest: number | undefined;
  for (const [i, { widthMin }] of columns.entries()) {
    if (widthMin === undefined || widths[i]! <= widthMin) continue;
    if (widest === undefined || widths[i]! > widths[widest]!) widest = i;
  }
  return widest;
}
