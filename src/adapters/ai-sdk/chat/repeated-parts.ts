import { jsonEqual } from '../../../shared/json.ts';
import type { Item, Part } from '../../../api/item.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import { compareParts, isPending } from './advance-tools.ts';

/** Whether the answer has gone on from these parts before. Throws if it cannot go on from them. */
export async function isRepeated(
  project: ProjectApi,
  known: Item,
  parts: readonly Part[],
  path: string,
): Promise<boolean> {
  try {
    return compareParts(known.parts, parts, path) === 'earlier';
  } catch (error) {
    // It has asked for more since, perhaps because of another page: what was sent is in the log.
    if (await wasStored(project, known, parts)) return true;
    throw error;
  }
}

async function wasStored(
  project: ProjectApi,
  { threadId, runId }: Item,
  parts: readonly Part[],
): Promise<boolean> {
  if (runId === undefined || parts.some(isPending)) return false;
  const options = { view: 'log', runId, limit: revisionsMax, order: 'desc' } as const;
  const { data } = await project.items.list(threadId, options);
  return data.some((item) => jsonEqual(item.parts, parts));
}

const revisionsMax = 100;
