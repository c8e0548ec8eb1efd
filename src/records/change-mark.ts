import type { ChangeRow } from './tables.ts';

/** Names a change with its tag, for the head and for cursors; empty for one without a tag. */
export function changeMark({ version, tag }: Pick<ChangeRow, 'version' | 'tag'>): string {
  return tag === undefined ? '' : `${version}.${tag}`;
}

export function parseChangeMark(mark: string): { version: number; tag: string } | undefined {
  const [, version, tag] = /^(\d{1,16})\.([0-9a-f]{12})$/.exec(mark) ?? [];
  const at = Number(version);
  return tag !== undefined && Number.isSafeInteger(at) ? { version: at, tag } : undefined;
}
