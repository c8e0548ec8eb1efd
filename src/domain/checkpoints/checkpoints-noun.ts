import type { CheckpointsApi } from '../../api/checkpoint.ts';
import type { Noun } from '../base/noun.ts';
import { createCheckpointsApi } from './checkpoints-api.ts';
import { leaveToCopies } from './leave-to-copies.ts';

/** The saved states of agents' graphs. */
export const checkpointsNoun: Noun<{ checkpoints: CheckpointsApi }> = {
  name: 'checkpoints',
  api: (core, principal) => ({ checkpoints: createCheckpointsApi(core, principal) }),
  onPurge: leaveToCopies,
};
