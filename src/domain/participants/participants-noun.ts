import type { ParticipantsApi } from '../../api/participant.ts';
import { participants } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { addParticipants } from './add-participants.ts';
import { updateParticipants } from './change-participants.ts';
import { examineParticipants } from './examine-participants.ts';
import { followAppends } from './follow-appends.ts';
import { handOver } from './hand-over.ts';
import { joinThread, leaveThread, removeParticipants } from './join-and-leave.ts';
import { getParticipant, listParticipants } from './list-participants.ts';
import { moveEntries } from './move-entries.ts';

/** Who takes part in a thread. */
export const participantsNoun: Noun<{ participants: ParticipantsApi }> = {
  name: 'participants',
  tables: [participants],
  examine: { thread: examineParticipants },
  api: (reading) => ({
    participants: {
      add: async (threadId, inputs, options) =>
        (await addParticipants(reading, threadId, inputs, options)).data,
      addWithOutcome: (threadId, inputs, options) =>
        addParticipants(reading, threadId, inputs, options),
      list: (threadId, options) => listParticipants(reading, threadId, options),
      get: (threadId, userId) => getParticipant(reading, threadId, userId),
      update: (threadId, updates) => updateParticipants(reading, threadId, updates),
      remove: (threadId, userIds) => removeParticipants(reading, threadId, userIds),
      join: (threadId) => joinThread(reading, threadId),
      leave: (threadId) => leaveThread(reading, threadId),
      handOver: (threadId, to) => handOver(reading, threadId, to),
    },
  }),
  onAppend: followAppends,
  tasks: { 'move-entries': moveEntries },
};
