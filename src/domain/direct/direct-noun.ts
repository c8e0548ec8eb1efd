import type { DirectApi } from '../../api/participant.ts';
import { directThreads } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { examineDirectThreads } from '../participants/examine-participants.ts';
import { dropDirect, openDirect } from './open-direct.ts';

/** The direct threads of two people each. */
export const directNoun: Noun<{ direct: DirectApi }> = {
  name: 'direct',
  tables: [directThreads],
  examine: { store: examineDirectThreads },
  onDelete: dropDirect,
  api: (reading) => ({
    direct: {
      open: async (userId) => (await openDirect(reading, userId)).data,
      openWithOutcome: (userId) => openDirect(reading, userId),
    },
  }),
};
