import type { AuthorizeHook, FeedRules } from '../api/access.ts';
import type { KeysApi } from '../api/key.ts';
import { defaultLimits, type Limits } from '../api/limits.ts';
import type { OperatorApi } from '../api/operator-api.ts';
import type { Principal } from '../api/principal.ts';
import type { ResponderSource } from '../api/responder.ts';
import type { ResolveUsers } from '../api/user.ts';
import { defaultRunOptions, type RunOptions } from '../api/run-options.ts';
import type { Core } from '../domain/base/core.ts';
import type { Noun } from '../domain/base/noun.ts';
import { TaskRunner, type TaskHandler } from '../domain/tasks/task-runner.ts';
import type { Engine, Key } from '../engine/engine.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import { createHints } from '../records/hints.ts';
import { Records } from '../records/records.ts';
import { tablesOfThreads } from '../records/all-tables.ts';
import { credentials as credentialsTable } from '../records/tables.ts';
import { ThreadWriter } from '../records/thread-writer.ts';
import { assert } from '../shared/assert.ts';
import { systemClock, type Clock } from '../shared/clock.ts';
import { SkeinError } from '../shared/error.ts';
import type { StoredThreadId } from '../shared/ids.ts';
import { LruMap } from '../shared/lru-map.ts';
import { Callers } from './callers.ts';
import { mustBeWhole } from './copy/must-be-whole.ts';
import { readIncarnation } from './incarnation.ts';
import { allNouns, tablesOf, verbsOfOperator, type CallerVerbs } from './nouns.ts';
import type { Project, Store } from './store.ts';
import { collectHooks } from '../domain/base/hooks.ts';
import { exportLines } from './transfer/export-lines.ts';
import { checkLines, importLines } from './transfer/import-lines.ts';
import { transferMapOf } from './transfer/transfer-map.ts';

export interface StoreOptions {
  /** The storage engine, such as `lsm({ path })` or `memory()`. The store opens and closes it. */
  readonly engine: Engine;
  /** Default: the system clock. The order of items never depends on it. */
  readonly clock?: Clock;
  /** Limits on what callers may send; each has a default (`Limits`). */
  readonly limits?: Partial<Limits>;
  /**
   * Decides the cases that the access rules leave to the host: who else reads a `feed`, and who
   * else writes into it. Default: a feed is read by its visibility, and no one else writes.
   */
  readonly authorize?: AuthorizeHook;
  /** Whom the feeds of a kind of record are for. Default: each feed is its owner's. */
  readonly feeds?: FeedRules;
  /**
   * The models and agents that runs may name, for instance `createResponders(config)` of
   * `skein/adapters/ai-sdk`.
   */
  readonly responders?: ResponderSource;
  /**
   * The names and pictures of users, from the host's own list. Default: those that tokens and
   * `users.put` have told.
   */
  readonly resolveUsers?: ResolveUsers;
  /** How runs are executed and stored; each option has a default (`RunOptions`). */
  readonly runs?: Partial<RunOptions>;
}

/**
 * Opens a store on an engine. Throws `unavailable` if the engine cannot be opened, for instance
 * because another process holds it, or if the store is an unfinished copy.
 *
 * @example
 * await using store = await createStore({ engine: memory() });
 * const project = store.project('default').as({ userId: 'u1' });
 * const [thread] = await project.threads.create([{ title: 'Hello' }]);
 */
export function createStore(options: StoreOptions): Promise<Store> {
  return createStoreOf(allNouns, options);
}

/** A store of these nouns; `createStore` passes the product's nouns. */
export async function createStoreOf(nouns: readonly Noun[], options: StoreOptions): Promise<Store> {
  const engine = await OpenEngine.open(options.engine, tablesOf(nouns));
  try {
    await mustBeWhole(new Records(engine));
    const incarnation = await readIncarnation(new Records(engine));
    const core = createCore(engine, nouns, options, incarnation);
    engine.listen((partition) => passHint(core, partition));
    await core.tasks.resume();
    for (const noun of nouns) noun.start?.(core);
    return new EngineStore(engine, core, nouns);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * The partition of a thread is its id alone, and that of a credential its hash; partitions of any
 * other form have no readers.
 */
function passHint({ hints, writer }: Core, partition: Key | undefined): void {
  const [id] = partition ?? [];
  if (partition === undefined) {
    writer.forget(undefined);
    hints.wakeAll();
  } else if (partition.length === 1 && typeof id === 'string') {
    writer.forget(id as StoredThreadId); // an unknown id has no remembered head and no reader
    hints.threads.wake(id);
    hints.credentials.wake(id);
  } else hints.signals.hear(partition);
}

function createCore(
  engine: OpenEngine,
  nouns: readonly Noun[],
  options: StoreOptions,
  incarnation: string | undefined,
): Core {
  const records = new Records(engine);
  const hints = createHints((key) => engine.hint(key));
  const clock = options.clock ?? systemClock;
  const tasks = new TaskRunner(records);
  const core: Core = {
    records,
    hints,
    clock,
    tasks,
    writer: new ThreadWriter(records, hints, clock, (task) => tasks.start(task)),
    threadTables: tablesOfThreads(tablesOf(nouns)),
    limits: { ...defaultLimits, ...options.limits },
    authorize: options.authorize,
    resolveUsers: options.resolveUsers,
    feeds: options.feeds ?? {},
    hooks: collectHooks(nouns),
    memory: new Map(),
    responders: options.responders,
    runOptions: { ...defaultRunOptions, ...options.runs },
    isShared: engine.capabilities.shared,
    hasSharedHints: engine.givesHints,
    isOpen: () => engine.isOpen,
    incarnation,
  };
  tasks.handle(taskHandlers(core, nouns), async () => {
    for (const noun of nouns) await noun.sweep?.(core);
  });
  return core;
}

function taskHandlers(core: Core, nouns: readonly Noun[]): Record<string, TaskHandler> {
  const handlers: Record<string, TaskHandler> = {};
  for (const noun of nouns) {
    for (const [kind, run] of Object.entries(noun.tasks ?? {})) {
      assert(handlers[kind] === undefined, `tasks of the kind ${kind} must belong to one noun`);
      handlers[kind] = (task) => run(core, task);
    }
  }
  return handlers;
}

const projectsCachedMax = 100;

interface OpenProject {
  readonly callers: Callers;
  readonly project: Project;
}

class EngineStore implements Store {
  readonly keys: KeysApi;
  readonly operator: OperatorApi;
  readonly #engine: OpenEngine;
  readonly #core: Core;
  readonly #nouns: readonly Noun[];
  readonly #projects = new LruMap<string, OpenProject>(projectsCachedMax);
  #closing: Promise<void> | undefined;

  constructor(engine: OpenEngine, core: Core, nouns: readonly Noun[]) {
    this.#engine = engine;
    this.#core = core;
    this.#nouns = nouns;
    const { keys, ...operator } = verbsOfOperator(nouns, core);
    this.keys = keys;
    const map = transferMapOf(nouns);
    this.operator = {
      ...operator,
      exportLines: (options) => exportLines(core, map, options),
      importLines: (lines, options) => importLines(core, map, lines, options),
      checkLines: (lines) => checkLines(map, lines),
    };
  }

  get capabilities(): Store['capabilities'] {
    return this.#engine.capabilities;
  }

  project(projectId: string): Project {
    return this.#open(projectId).project;
  }

  as({ projectId, userId, roles, scopes, isServer, linkKey }: Principal): CallerVerbs {
    const { callers } = this.#open(projectId);
    if (userId === undefined && !isServer && linkKey === undefined) return callers.anonymous;
    return callers.as({
      ...(userId !== undefined && { userId }),
      ...(roles && { roles }),
      ...(scopes && { scopes }),
      ...(isServer && { isServer }),
      ...(linkKey !== undefined && { linkKey }),
    });
  }

  #open(projectId: string): OpenProject {
    let open = this.#projects.get(projectId);
    if (open === undefined) {
      const callers = new Callers(this.#nouns, this.#core, projectId);
      open = { callers, project: { ...callers.anonymous, as: (caller) => callers.as(caller) } };
      this.#projects.set(projectId, open);
    }
    return open;
  }

  async checkReady(): Promise<void> {
    if (!this.#engine.isOpen) throw new SkeinError('unavailable', 'The store is closed.');
    // Deleting a missing row is a write that changes nothing but must become durable like any
    // other.
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
      for (const noun of this.#nouns) await noun.stop?.(this.#core);
      await this.#core.tasks.stop();
    } finally {
      const closing = this.#engine.close();
      this.#core.hints.wakeAll();
      await closing;
    }
  }
}
