import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
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

/** The checkpoints of one project's threads, as one caller may use them. */
export function createCheckpointsApi(core: Core, principal: Principal): CheckpointsApi {
  return {
    put: (threadId, put, options) => putCheckpoint(core, principal, threadId, put, options),
    putWrites: (threadId, place, writes, options) =>
      putWrites(core, principal, threadId, place, writes, options),
    get: (threadId, place) => getCheckpoint(core, principal, threadId, place),
    list: (threadId, options) => listCheckpoints(core, principal, threadId, options),
    ancestors: (threadId, place, limit) => listAncestors(core, principal, threadId, place, limit),
    load: (threadId, entries, options) =>
      loadCheckpoints(core, principal, threadId, entries, options),
    copy: (sourceId, targetId, options) =>
      copyCheckpoints(core, principal, sourceId, targetId, options),
    prune: (threadId, options) => pruneCheckpoints(core, principal, threadId, options),
  };
}
