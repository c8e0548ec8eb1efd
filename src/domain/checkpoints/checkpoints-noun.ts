import type { CheckpointsApi } from '../../api/checkpoint.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
} from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { createCheckpointsApi } from './checkpoints-api.ts';
import { leaveToCopies } from './leave-to-copies.ts';
import { examineCheckpoints } from './examine-checkpoints.ts';

/** The saved states of agents' graphs. */
export const checkpointsNoun: Noun<{ checkpoints: CheckpointsApi }> = {
  name: 'checkpoints',
  tables: [checkpointCopies, checkpointElements, checkpointLogs, checkpoints, checkpointWrites],
  examine: { thread: examineCheckpoints },
  api: (reading) => ({ checkpoints: createCheckpointsApi(reading) }),
  onPurge: leaveToCopies,
};
