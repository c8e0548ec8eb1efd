import type { AuthorizeHook } from '../api/access.ts';
import type { Principal } from '../api/principal.ts';
import { createCheckpointsApi } from '../domain/checkpoints/checkpoints-api.ts';
import { defaultLimits, type Limits } from '../api/limits.ts';
import type { Core } from '../domain/core.ts';
import { createComparisonsApi } from '../domain/comparisons/comparisons-api.ts';
import { createDocuments } from '../domain/documents/documents.ts';
import { sweepDocuments } from '../domain/documents/sweep-documents.ts';
import { deleteEdges, updateEdges } from '../domain/edges/amend-edges.ts';
import { createEdges, listEdges } from '../domain/edges/edges.ts';
import { readGraph } from '../domain/edges/graph.ts';
import { appendItems } from '../domain/items/append-items.ts';
import { getItem, listItems } from '../domain/items/list-items.ts';
import { redactInForks, redactItems } from '../domain/items/redact-items.ts';
import { refreshInForks } from '../domain/items/refresh-preview.ts';
import { setItemVisibility } from '../domain/items/set-item-visibility.ts';
import * as credentials from '../domain/keys/credentials.ts';
import { readLive } from '../domain/live/live-reader.ts';
import { listModels } from '../domain/models/list-models.ts';
import type { OperatorApi } from '../api/operator-api.ts';
import type { ProjectApi, StoreProjectApi } from '../api/project-api.ts';
import type { WriteOptions } from '../api/write-options.ts';
import { sweepRequests, type EntryOptions } from '../domain/requests/idempotency.ts';
import { getOrCreateScope } from '../domain/scopes/get-or-create-scope.ts';
import type { ResponderSource } from '../api/responder.ts';
import { defaultRunOptions, type RunOptions } from '../api/run-options.ts';
import { RunSupervisor } from '../domain/runs/run-supervisor.ts';
import { createRunsApi, createStreamsApi } from '../domain/runs/runs-api.ts';
import { StreamHub } from '../domain/streams/stream-hub.ts';
import { dropStream, findStream, openStream, readAnyStream } from '../domain/streams/stream-log.ts';
import { createStream, updateStream } from '../domain/streams/write-streams.ts';
import { TaskRunner } from '../domain/tasks/task-runner.ts';
import { createThread } from '../domain/threads/create-thread.ts';
import { deleteThread, purgeThread } from '../domain/threads/delete-thread.ts';
import { forkThread } from '../domain/threads/fork-thread.ts';
import { listForks, listThreads } from '../domain/threads/list-threads.ts';
import { listConversations } from '../domain/threads/list-conversations.ts';
import { getAnyThread } from '../domain/threads/get-any-thread.ts';
import { stopGeneratingTitles } from '../domain/threads/generate-title.ts';
import { presentThread } from '../domain/threads/present-thread.ts';
import { updateThread } from '../domain/threads/update-thread.ts';
import { mustHead } from '../domain/access/authorize.ts';
import type { Engine, Key } from '../engine/engine.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import { ChangeFeed } from '../records/change-feed.ts';
import { Records } from '../records/records.ts';
import { allTables, credentials as credentialsTable } from '../records/tables.ts';
import { ThreadWriter } from '../records/thread-writer.ts';
import { systemClock, type Clock } from '../shared/clock.ts';
import { SkeinError } from '../shared/error.ts';
import type { ThreadId } from '../shared/ids.ts';
import { LruMap } from '../shared/lru-map.ts';
import { mustBeWhole } from './copy/must-be-whole.ts';
import type { KeysApi } from '../api/key.ts';
import type { Project, Store } from './store.ts';

export interface StoreOptions {
  /** Where everything is kept, such as `lsm({ path })` or `memory()`. The store opens and closes it. */
  readonly engine: Engine;
  /** Default: the system's. Order never depends on it. */
  readonly clock?: Clock;
  /** Bounds of what callers may send; each has a default (`Limits`). */
  readonly limits?: Partial<Limits>;
  /** Decides where the rules of access leave it to the host: who else may append to a `feed`. Default: nobody. */
  readonly authorize?: AuthorizeHook;
  /** The models and agents that runs may name, such as `createResponders(config)` of `skein/adapters/ai-sdk`. */
  readonly responders?: ResponderSource;
  /** How runs are kept; each has a default (`RunOptions`). */
  readonly runs?: Partial<RunOptions>;
}

/**
 * Opens a store on an engine. Throws `unavailable` when the engine cannot be opened, for instance because
 * another process has it, or when it is an unfinished copy.
 *
 * @example
 * await using store = await createStore({ engine: memory() });
 * const project = store.project('default').as({ userId: 'u1' });
 * const [thread] = await project.threads.create([{ title: 'Hello' }]);
 */
export async function createStore(options: StoreOptions): Promise<Store> {
  const engine = await OpenEngine.open(options.engine, allTables);
  try {
    await mustBeWhole(new Records(engine));
    const core = createCore(engine, options);
    engine.listen((partition) => passHint(core, partition));
    await core.tasks.resume();
    core.runSupervisor.start();
    return new EngineStore(engine, core);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** A thread's partition is its id alone; partitions of any other form have no readers. */
function passHint({ feed, writer }: Core, partition: Key | undefined): void {
  const [id] = partition ?? [];
  if (partition === undefined) {
    writer.forget(undefined);
    feed.wakeAll();
  } else if (partition.length === 1 && typeof id === 'string') {
    writer.forget(id as ThreadId); // an unknown id is forgotten already, and wakes nobody
    feed.wake(id as ThreadId);
  }
}

function createCore(engine: OpenEngine, options: StoreOptions): Core {
  const records = new Records(engine);
  const feed = new ChangeFeed();
  const clock = options.clock ?? systemClock;
  const tasks = new TaskRunner(records);
  const core: Core = {
    records,
    feed,
    clock,
    tasks,
    writer: new ThreadWriter(records, feed, clock, (task) => tasks.start(task)),
    limits: { ...defaultLimits, ...options.limits },
    authorize: options.authorize,
    streamHub: new StreamHub(),
    responders: options.responders,
    runOptions: { ...defaultRunOptions, ...options.runs },
    runSupervisor: new RunSupervisor(() => core),
    isShared: engine.capabilities.shared,
    hasSharedHints: engine.givesHints,
    isOpen: () => engine.isOpen,
  };
  const handlers = {
    purge: (task: Parameters<typeof purgeThread>[1]) => purgeThread(core, task),
    redact: (task: Parameters<typeof redactInForks>[1]) => redactInForks(core, task),
    refresh: (task: Parameters<typeof refreshInForks>[1]) => refreshInForks(core, task),
  };
  tasks.handle(handlers, async () => {
    await sweepRequests(core);
    await credentials.sweepTokens(core);
    await sweepDocuments(core);
  });
  return core;
}

const projectsCachedMax = 100;
const callersCachedMax = 1000;

class EngineStore implements Store {
  readonly keys: KeysApi;
  readonly operator: OperatorApi;
  readonly #engine: OpenEngine;
  readonly #core: Core;
  readonly #projects = new LruMap<string, Project>(projectsCachedMax);
  #closing: Promise<void> | undefined;

  constructor(engine: OpenEngine, core: Core) {
    this.#engine = engine;
    this.#core = core;
    this.keys = createKeysApi(core);
    this.operator = createOperatorApi(core);
  }

  get capabilities(): Store['capabilities'] {
    return this.#engine.capabilities;
  }

  project(projectId: string): Project {
    let project = this.#projects.get(projectId);
    if (project === undefined) {
      const callers = new LruMap<string, StoreProjectApi>(callersCachedMax);
      const anonymous = createProjectApi(this.#core, credentials.mustPrincipal(projectId));
      project = { ...anonymous, as: ({ userId }) => this.#caller(callers, projectId, userId) };
      this.#projects.set(projectId, project);
    }
    return project;
  }

  /** A server asks for the same callers again and again; making their functions anew each time would cost. */
  #caller(
    callers: LruMap<string, StoreProjectApi>,
    projectId: string,
    userId: string,
  ): StoreProjectApi {
    let caller = callers.get(userId);
    if (caller === undefined) {
      caller = createProjectApi(this.#core, credentials.mustPrincipal(projectId, userId));
      callers.set(userId, caller);
    }
    return caller;
  }

  async checkReady(): Promise<void> {
    if (!this.#engine.isOpen) throw new SkeinError('unavailable', 'The store is closed.');
    // Deleting what is not there is a write that changes nothing but must become durable like any other.
    await this.#engine.commit({ deletes: [{ table: credentialsTable, key: ['ready'] }] });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      stopGeneratingTitles(this.#core);
      await this.#core.runSupervisor.stop();
      await this.#core.tasks.stop();
    } finally {
      const closing = this.#engine.close();
      this.#core.feed.wakeAll();
      this.#core.streamHub.wakeAll();
      await closing;
    }
  }
}

function createKeysApi(core: Core): KeysApi {
  return {
    create: (key) => credentials.createKey(core, key),
    list: () => credentials.listKeys(core),
    revoke: (keyId) => credentials.revokeKey(core, keyId),
    verify: (secret) => credentials.verifyKey(core, secret),
    issueToken: (principal, ttlSeconds) => credentials.issueToken(core, principal, ttlSeconds),
    verifyToken: (secret) => credentials.verifyToken(core, secret),
  };
}

function createOperatorApi(core: Core): OperatorApi {
  return {
    documents: createDocuments(core),
    threads: { get: (id) => getAnyThread(core, id) },
    edges: {
      update: (threadId, updates) => updateEdges(core, threadId, updates),
      delete: (threadId, edges) => deleteEdges(core, threadId, edges),
    },
    streams: {
      create: (streams) => each(streams, (stream) => createStream(core, stream)),
      update: (updates) => each(updates, (update) => updateStream(core, update)),
      delete: async (streams) => {
        await each(streams, (stream) => dropStream(core, stream));
      },
      find: (stream) => findStream(core, stream),
      open: (stream) => openStream(core, stream),
      read: (stream, options = {}) => readAnyStream(core, stream, options),
    },
  };
}

function createProjectApi(core: Core, principal: Principal): StoreProjectApi {
  return {
    checkpoints: createCheckpointsApi(core, principal),
    conversations: { list: (options) => listConversations(core, principal, options) },
    threads: threadsApi(core, principal),
    items: {
      append: async (id, items, options) =>
        (await appendItems(core, principal, id, items, options)).data,
      appendWithOutcome: (id, items, options) => appendItems(core, principal, id, items, options),
      list: (id, options) => listItems(core, principal, id, options),
      get: (id, itemId) => getItem(core, principal, id, itemId),
      update: (id, updates) => setItemVisibility(core, principal, id, updates),
      redact: (id, itemIds) => redactItems(core, principal, id, itemIds),
    },
    edges: {
      create: async (id, edges, options) =>
        (await createEdges(core, principal, id, edges, options)).data,
      createWithOutcome: (id, edges, options) => createEdges(core, principal, id, edges, options),
      list: (id, options) => listEdges(core, principal, id, options),
    },
    runs: createRunsApi(core, principal),
    streams: createStreamsApi(core, principal),
    comparisons: createComparisonsApi(core, principal),
    models: { list: () => listModels(core, principal) },
    scopes: {
      getOrCreate: (scopes) =>
        each(scopes, async (scope) => (await getOrCreateScope(core, principal, scope)).data),
      getOrCreateWithOutcome: (scope) => getOrCreateScope(core, principal, scope),
    },
  };
}

function threadsApi(core: Core, principal: Principal): ProjectApi['threads'] {
  return {
    create: (threads, options) =>
      each(
        threads,
        async (thread, i) =>
          (await createThread(core, principal, thread, forOne(options, i, threads.length))).data,
      ),
    createWithOutcome: (thread, options) => createThread(core, principal, thread, options),
    get: async (id) => presentThread(await mustHead(core, principal, 'read', id)),
    list: (options) => listThreads(core, principal, options),
    update: (updates) => each(updates, (update) => updateThread(core, principal, update)),
    delete: async (ids, options) => {
      await each(ids, (id) => deleteThread(core, principal, id, options?.ifVersion));
    },
    fork: (forks, options) =>
      each(
        forks,
        async (fork, i) =>
          (await forkThread(core, principal, fork, forOne(options, i, forks.length))).data,
      ),
    forkWithOutcome: (fork, options) => forkThread(core, principal, fork, options),
    forks: (id, options) => listForks(core, principal, id, options),
    live: (id, options) => readLive(core, principal, id, options),
    graph: (id, options) => readGraph(core, principal, id, options),
  };
}

/** Each entry is a commit of its own. All are tried; the first failure, in the order of the input, is thrown. */
async function each<I, O>(
  inputs: readonly I[],
  run: (input: I, i: number) => Promise<O>,
): Promise<O[]> {
  if (!Array.isArray(inputs)) throw new TypeError('Writes take an array.');
  const settled = await Promise.allSettled(inputs.map(run));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

/** One idempotency key for a call of several entries becomes one for each. */
function forOne(options: WriteOptions | undefined, entry: number, count: number): EntryOptions {
  return count === 1 ? { ...options } : { ...options, entry };
}
