import type { Reading } from '../base/core.ts';
import type { CheckpointsApi } from '../../api/checkpoint.ts';
import { copyCheckpoints } from './copy-checkpoints.ts';
import { pruneCheckpoints } from './prune-checkpoints.ts';
import { putCheckpoint } from './put-checkpoint.ts';
import { putWrites } from './put-writes.ts';
import {
  getCheckpoint,
  listAncestors,
  listCheckpoints,
  loadCheckpoints,
} from './read-checkpoints.ts';

/** The checkpoints of one project's threads, for one caller. */
export function createCheckpointsApi(reading: Reading): CheckpointsApi {
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
