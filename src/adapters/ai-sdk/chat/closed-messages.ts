import type { UIMessage } from 'ai';
import type { ProjectApi } from '../../../api/project-api.ts';
import { toUIMessages } from '../ui-messages.ts';
import { findNewest, unlessMissing } from './find-message.ts';

/** The answers that wait for people. A thread has few: going on closes them. */
export async function waitingRuns(
  project: ProjectApi,
  threadId: string,
): Promise<readonly string[]> {
  const options = { status: 'interrupted', limit: 100 } as const;
  const page = await unlessMissing(project.runs.list(threadId, options));
  return page?.data.map(({ id }) => id) ?? [];
}

/**
 * Those of these answers that wait no longer, since the user went on or stopped, as a page that is
 * loaded now gets them. The protocol has no chunk for messages other than the newest.
 */
export async function closedMessages(
  project: ProjectApi,
  threadId: string,
  runIds: readonly string[],
): Promise<readonly UIMessage[]> {
  const messages: UIMessage[] = [];
  for (const runId of runIds) {
    const run = await unlessMissing(project.runs.get(threadId, runId));
    if (run?.status !== 'cancelled' || run.outputItemId === undefined) continue;
    const item = await findNewest(project, threadId, run.outputItemId);
    const isShown = item && item.visibility === 'visible' && item.redactedAt === undefined;
    if (isShown) messages.push(...toUIMessages([item]));
  }
  return messages;
}
