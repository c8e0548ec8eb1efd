/**
 * Adds the lines of a diff, those that begin with a plus, beside its other lines, which the text
 * must have one after the other. `@@` begins another place, further down.
 */
export function applyDiff(text: string, diff: string): string {
  const lines = text.split('\n');
  let from = 0;
  for (const hunk of diff.trimEnd().split(/^@@\n/m)) {
    const rows = hunk.trimEnd().split('\n');
    const context = rows.filter((row) => !row.startsWith('+')).map((row) => row.slice(1));
    const at = placeOf(lines, context, from);
    if (at < 0) throw new TypeError(`no place for ${context.join('\n')}`);
    const added = rows.map((row) => row.slice(1));
    lines.splice(at, context.length, ...added);
    from = at + added.length;
  }
  return lines.join('\n');
}

function placeOf(lines: readonly string[], context: readonly string[], from: number): number {
  for (let at = from; at <= lines.length - context.length; at++) {
    if (context.every((line, i) => lines[at + i] === line)) return at;
  }
  return -1;
}
