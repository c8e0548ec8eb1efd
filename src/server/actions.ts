import type { Nouns } from '../protocol/operations.ts';
import { comparisonActions } from './actions/comparisons.ts';
import { edgeActions } from './actions/edges.ts';
import { itemActions } from './actions/items.ts';
import { liveActions } from './actions/live.ts';
import { modelActions } from './actions/models.ts';
import { runActions } from './actions/runs.ts';
import { serverActions } from './actions/server.ts';
import { threadMetadataActions } from './actions/thread-metadata.ts';
import { threadActions } from './actions/threads.ts';
import { tokenActions } from './actions/tokens.ts';
import type { Actions } from './call.ts';

/** The server's actions, noun by noun. */
export const actions: { readonly [Name in keyof Nouns]: Actions<Nouns[Name]> } = {
  threads: threadActions,
  items: itemActions,
  live: liveActions,
  edges: edgeActions,
  runs: runActions,
  models: modelActions,
  comparisons: comparisonActions,
  threadMetadata: threadMetadataActions,
  tokens: tokenActions,
  server: serverActions,
};
