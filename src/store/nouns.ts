import type { KeysApi } from '../api/key.ts';
import type { OperatorApi } from '../api/operator-api.ts';
import type { Principal } from '../api/principal.ts';
import type { StoreProjectApi } from '../api/project-api.ts';
import type { TransferApi } from '../api/transfer.ts';
import type { Core } from '../domain/base/core.ts';
import type { Noun } from '../domain/base/noun.ts';
import { agentsNoun } from '../domain/agents/agents-noun.ts';
import { checkpointsNoun } from '../domain/checkpoints/checkpoints-noun.ts';
import { comparisonsNoun } from '../domain/comparisons/comparisons-noun.ts';
import { directNoun } from '../domain/direct/direct-noun.ts';
import { documentsNoun } from '../domain/documents/documents-noun.ts';
import { edgesNoun } from '../domain/edges/edges-noun.ts';
import { feedbackNoun } from '../domain/feedback/feedback-noun.ts';
import { inheritanceNoun } from '../domain/inheritance/inheritance-noun.ts';
import { inboxNoun } from '../domain/inbox/inbox-noun.ts';
import { itemsNoun } from '../domain/items/items-noun.ts';
import { keysNoun } from '../domain/keys/keys-noun.ts';
import { listsNoun } from '../domain/lists/lists-noun.ts';
import { liveNoun } from '../domain/live/live-noun.ts';
import { participantsNoun } from '../domain/participants/participants-noun.ts';
import { pinsNoun } from '../domain/pins/pins-noun.ts';
import { reactionsNoun } from '../domain/reactions/reactions-noun.ts';
import { modelsNoun } from '../domain/responders/models-noun.ts';
import { requestsNoun } from '../domain/requests/requests-noun.ts';
import { restoreNoun } from '../domain/restore/restore-noun.ts';
import { runsNoun } from '../domain/runs/runs-noun.ts';
import { scopesNoun } from '../domain/scopes/scopes-noun.ts';
import { sharesNoun } from '../domain/shares/shares-noun.ts';
import { streamsNoun } from '../domain/streams/streams-noun.ts';
import { threadsNoun } from '../domain/threads/threads-noun.ts';
import { usersNoun } from '../domain/users/users-noun.ts';
import type { TypedTable } from '../records/table.ts';
import { copies, queuePlaces, stores, taskQueue, tasks } from '../records/tables.ts';

/** Every noun of the store, from the ground up. A new noun is one line here and one below. */
type Registered = readonly [
  typeof requestsNoun,
  typeof streamsNoun,
  typeof itemsNoun,
  typeof participantsNoun,
  typeof threadsNoun,
  typeof inheritanceNoun,
  typeof checkpointsNoun,
  typeof modelsNoun,
  typeof runsNoun,
  typeof agentsNoun,
  typeof comparisonsNoun,
  typeof keysNoun,
  typeof usersNoun,
  typeof listsNoun,
  typeof inboxNoun,
  typeof reactionsNoun,
  typeof pinsNoun,
  typeof feedbackNoun,
  typeof documentsNoun,
  typeof edgesNoun,
  typeof liveNoun,
  typeof scopesNoun,
  typeof directNoun,
  typeof sharesNoun,
  typeof restoreNoun,
];

const list: Registered = [
  requestsNoun,
  streamsNoun,
  itemsNoun,
  participantsNoun,
  threadsNoun,
  inheritanceNoun,
  checkpointsNoun,
  modelsNoun,
  runsNoun,
  agentsNoun,
  comparisonsNoun,
  keysNoun,
  usersNoun,
  listsNoun,
  inboxNoun,
  reactionsNoun,
  pinsNoun,
  feedbackNoun,
  documentsNoun,
  edgesNoun,
  liveNoun,
  scopesNoun,
  directNoun,
  sharesNoun,
  restoreNoun,
];

export const allNouns: readonly Noun[] = list;

/** The tables of a store with these nouns, including those that belong to none. */
export function tablesOf(nouns: readonly Noun[]): readonly TypedTable<unknown>[] {
  return [
    copies,
    stores,
    tasks,
    taskQueue,
    queuePlaces,
    ...nouns.flatMap((noun) => noun.tables ?? []),
  ];
}

/** What the store's nouns let a caller do. */
export type CallerVerbs = All<VerbsOf<Registered[number]>>;

/** The verbs of these nouns for a caller. */
export function verbsOfCaller(
  nouns: readonly Noun[],
  core: Core,
  principal: Principal,
): CallerVerbs {
  const verbs: unknown = mergeVerbs(nouns.map((noun) => noun.api?.({ core, principal })));
  return verbs as CallerVerbs satisfies StoreProjectApi; // what the nouns declare
}

/** The verbs of these nouns for the operator. */
export function verbsOfOperator(
  nouns: readonly Noun[],
  core: Core,
): Omit<OperatorApi, keyof TransferApi> & { readonly keys: KeysApi } {
  const verbs: unknown = mergeVerbs(nouns.map((noun) => noun.operatorApi?.(core)));
  return verbs as All<OperatorVerbsOf<Registered[number]>>; // the compiler compares it with src/api
}

type VerbsOf<Each> = Each extends Noun<infer Api, object> ? Api : never;
type OperatorVerbsOf<Each> = Each extends Noun<object, infer Api> ? Api : never;

/** The intersection of the members of a union. */
export type All<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer Every,
) => void
  ? Every
  : never;

/**
 * Merges the verbs of several nouns into one object. If two nouns add verbs under one name, both
 * sets are available under it.
 *
 * @example
 * mergeVerbs([{ threads: { get } }, { threads: { fork } }]); // { threads: { get, fork } }
 */
function mergeVerbs(parts: readonly (object | undefined)[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [name, verbs] of Object.entries(part ?? {})) {
      const known = merged[name];
      merged[name] = isVerbs(known) && isVerbs(verbs) ? { ...known, ...verbs } : verbs;
    }
  }
  return merged;
}

function isVerbs(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
