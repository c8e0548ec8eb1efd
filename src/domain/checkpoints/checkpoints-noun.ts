import type { CheckpointsApi } from '../../api/checkpoint.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
} from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import type { Reading } from '../base/core.ts';
import { checkpointsOfLeaving } from './carry-checkpoints.ts';
import { copyCheckpoints } from './copy-checkpoints.ts';
import { leaveToCopies } from './leave-to-copies.ts';
import { pruneCheckpoints } from './prune-checkpoints.ts';
import { putCheckpoint } from './put-checkpoint.ts';
import { putWrites } from './put-writes.ts';
import {
  getCheckpoint,
  listAncestors,
  listCheckpoints,
  loadCheckpoints,
} from './read-checkpoints.ts';
import { promiseTombstones, redactMessages } from './redact-messages.ts';
import { examineCheckpoints } from './examine-checkpoints.ts';

/** The saved states of agents' graphs. */
export const checkpointsNoun: Noun<{ checkpoints: CheckpointsApi }> = {
  name: 'checkpoints',
  tables: [checkpointCopies, checkpointElements, checkpointLogs, checkpoints, checkpointWrites],
  examine: { thread: examineCheckpoints },
  api: (reading) => ({ checkpoints: createCheckpointsApi(reading) }),
  tasks: { 'redact-messages': redactMessages },
  onRedact: promiseTombstones,
  onPurge: leaveToCopies,
  transfer: { rows: checkpointsOfLeaving },
};

/** The checkpoints of one project's threads, for one caller. */
function createCheckpointsApi(reading: Reading): CheckpointsApi {
  return {
    put: (threadId, put, options) => putCheckpoint(reading, threadId, put, options),
    putWrites: (threadId, checkpoint, writes, options) =>
      putWrites(reading, threadId, { checkpoint, writes }, options),
    get: (threadId, key) => getCheckpoint(reading, threadId, key),
    list: (threadId, options) => listCheckpoints(reading, threadId, options),
    ancestors: (threadId, key, limit) => listAncestors(reading, threadId, key, limit),
    load: (threadId, entries, options) => loadCheckpoints(reading, threadId, entries, options),
    copy: (sourceId, targetId, options) => copyCheckpoints(reading, sourceId, targetId, options),
    prune: (threadId, options) => pruneCheckpoints(reading, threadId, options),
  };
}
