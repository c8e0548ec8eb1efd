import { participantRoles, participantStates } from '../../api/participation.ts';
import { put } from '../../records/records.ts';
import { directThreads, participants, type ParticipantRow } from '../../records/tables.ts';
import { isAgentId } from '../../shared/validate.ts';
import type { StoreExamination, ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isUnbounded } from './participant-rows.ts';

/** Participants repeat the thread's project, and the head counts those of a thread with a bound. */
export async function examineParticipants(exam: ThreadExamination): Promise<void> {
  const { head } = exam;
  let joinedCount = 0;
  let hasOthers = false;
  let hasAgents = false;
  let isOwnerThere = false;
  for await (const row of exam.rows(participants)) {
    await examineRow(exam, row);
    hasAgents ||= row.state === 'joined' && isAgentId(row.userId);
    isOwnerThere ||= row.userId === head.ownerId;
    if (row.state === 'joined' || row.userId === head.ownerId) joinedCount++;
    hasOthers ||= row.userId !== head.ownerId && row.state === 'joined' && !isAgentId(row.userId);
  }
  const expected = isOwnerThere ? joinedCount : joinedCount + 1;
  const isCounted = !isUnbounded(head) && head.mode !== 'direct';
  if (isCounted && (head.joinedCount ?? 1) !== expected) {
    await exam.found(
      'head',
      `has ${expected} participants and counts ${head.joinedCount ?? 1}`,
      () => exam.updateHead({ joinedCount: expected }),
    );
  }
  if (hasAgents && !head.hasAgents) {
    await exam.found('head', 'does not know that agents take part', () =>
      exam.updateHead({ hasAgents: true }),
    );
  }
  if (hasOthers && !head.hasOthers) {
    await exam.found('head', 'does not know that others take part', () =>
      exam.updateHead({ hasOthers: true }),
    );
  }
}

async function examineRow(exam: ThreadExamination, row: ParticipantRow): Promise<void> {
  const what = `the participant ${row.userId}`;
  const { projectId } = exam.head;
  if (row.projectId !== projectId) {
    await exam.found('derived', `${what} should be of the project ${projectId}`, () =>
      exam.records.commit({ puts: [put(participants, { ...row, projectId }, row)] }),
    );
  }
  const isKnown =
    participantRoles.some((role) => role === row.role) &&
    participantStates.some((state) => state === row.state);
  if (!isKnown) await exam.found('state', `${what} has the role ${row.role}, ${row.state}`);
  const isListed = (row.listedAt ?? row.bigAt) !== undefined;
  if (isListed && row.state !== 'joined' && row.userId !== exam.head.ownerId) {
    await exam.found('list', `${what} does not take part and is in a list`, () =>
      exam.records.commit({
        puts: [put(participants, { ...row, listedAt: undefined, bigAt: undefined }, row)],
      }),
    );
    return;
  }
  await examineEntries(exam, participants, row, what);
}

/** The two of a direct thread are its owner and another. */
export async function examineDirectThreads(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(directThreads)) {
    const found = await exam.records.getExisting(participants, [
      [row.threadId, row.lesserId],
      [row.threadId, row.greaterId],
    ]);
    if (found.length > 0) continue;
    await exam.found(
      'reference',
      `the direct thread of ${row.lesserId} and ${row.greaterId} has neither of them`,
    );
  }
}
