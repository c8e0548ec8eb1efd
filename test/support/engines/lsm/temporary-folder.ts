import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  pathOf(name: string): string;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'skein-'));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  return { path, pathOf: (name) => join(path, name), remove, [Symbol.asyncDispose]: remove };
}
