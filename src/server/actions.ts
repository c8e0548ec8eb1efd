import type { Nouns } from '../protocol/operations.ts';
import { comparisonActions } from './actions/comparisons.ts';
import { keyActions } from './actions/keys.ts';
import { liveActions } from './actions/live.ts';
import { runActions } from './actions/runs.ts';
import { shareActions } from './actions/shares.ts';
import { serverActions } from './actions/server.ts';
import { threadMetadataActions } from './actions/thread-metadata.ts';
import { tokenActions } from './actions/tokens.ts';
import type { Actions } from './call.ts';

/** The server's actions for all operations that are no verbs, noun by noun. */
export const actions: HandwrittenActions = {
  live: liveActions,
  runs: runActions,
  comparisons: comparisonActions,
  shares: shareActions,
  threadMetadata: threadMetadataActions,
  tokens: tokenActions,
  keys: keyActions,
  server: serverActions,
};

type HandwrittenActions = {
  readonly [Name in Handwritten]: Actions<Nouns[Name]>;
};

/** The nouns with an operation that is no verb. */
type Handwritten = {
  [Name in keyof Nouns]: keyof Actions<Nouns[Name]> extends never ? never : Name;
}[keyof Nouns];
