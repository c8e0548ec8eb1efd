import { SkeinError } from '../../../shared/error.ts';
import type {
  CheckpointCopyOptions,
  CheckpointWriteOptions,
  Page,
  Project,
  Store,
  StoreProjectApi,
  Thread,
} from '../../../store/index.ts';
import { isHashedKey, toThreadKey } from './thread-key.ts';

/** Where a saver keeps its threads, and as which user. */
export interface SaverHome {
  /** The store; `projectId` selects one of its projects. */
  readonly store?: Store;
  /** Default `default`. */
  readonly projectId?: string;
  /**
   * A project of a store, instead of `store`. One that is bound to a caller (`project.as(…)`) has
   * no other callers.
   */
  readonly project?: Project | StoreProjectApi;
  /** The user if a config names none in `configurable.userId` or `user_id`. Default `local`. */
  readonly userId?: string;
  /**
   * Gives threads the times of their checkpoints, which were made elsewhere, instead of the current
   * time. Default false.
   */
  readonly isMovingIn?: boolean;
}

/** The part of a LangGraph config that says where a checkpoint belongs. */
export interface Configurable {
  readonly [key: string]: unknown;
}

const userKeys = ['userId', 'user_id'] as const;

/** Gives each call the project as its caller may use it. */
export class SaverCaller {
  readonly #project: Project | StoreProjectApi;
  readonly #store: Store | undefined;
  readonly #projectId: string;
  readonly #defaultUserId: string;
  /** Passed with every write. */
  readonly writeOptions: CheckpointWriteOptions;

  constructor({
    store,
    projectId = 'default',
    project,
    userId = 'local',
    isMovingIn = false,
  }: SaverHome) {
    if ((store === undefined) === (project === undefined)) {
      throw new TypeError('A saver needs a store or a project, and not both.');
    }
    this.#store = store;
    this.#projectId = projectId;
    this.#project = project ?? store!.project(projectId); // one of them is given
    this.#defaultUserId = userId;
    this.writeOptions = isMovingIn ? { isMovedIn: true } : {};
  }

  /**
   * Deletes a thread for good. The base class names no caller here: a saver with the whole project
   * deletes the thread of any owner.
   */
  async deleteThread(threadId: string): Promise<void> {
    const key = toThreadKey(threadId);
    try {
      await (await this.ownerOf(key)).threads.delete([key]);
    } catch (error) {
      // A missing thread counts as deleted.
      if (!(error instanceof SkeinError) || error.code !== 'not_found') throw error;
    }
  }

  /** Copies a thread as its source's owner, as `deleteThread` does. */
  async copyThread(
    sourceId: string,
    targetId: string,
    options: CheckpointCopyOptions,
  ): Promise<void> {
    const [source, target] = [toThreadKey(sourceId), toThreadKey(targetId)];
    const origin = isHashedKey(target) && { origin: targetId };
    const { checkpoints } = await this.ownerOf(source);
    await checkpoints.copy(source, target, { ...options, ...origin });
  }

  /** The project as the owner of a thread may use it, if the saver has the whole project. */
  async ownerOf(key: string): Promise<StoreProjectApi> {
    if (this.#store === undefined) return this.of(undefined);
    const { ownerId } = await this.#store.operator.threads.get(`${this.#projectId}/${key}`);
    return this.of({ userId: ownerId });
  }

  /** The threads of the caller, the most recent first, archived ones last. */
  async *listThreadKeys(configurable: Configurable | undefined): AsyncGenerator<string> {
    const { threads } = this.of(configurable);
    for (const archived of [false, true]) {
      let after: string | null = null;
      do {
        const page: Page<Thread> = await threads.list({
          archived,
          limit: 100,
          ...(after !== null && { after }),
        });
        for (const { id } of page.data) yield id;
        after = page.nextCursor;
      } while (after !== null);
    }
  }

  of(configurable: Configurable | undefined): StoreProjectApi {
    if (!('as' in this.#project)) return this.#project;
    const [named] = namedUsers(configurable);
    return this.#project.as({ userId: named ? textOf(named[1]) : this.#defaultUserId });
  }
}

/** The entries of a config that name the caller. Nothing and the empty text name no user. */
export function namedUsers(
  configurable: Configurable | undefined,
): (readonly [key: string, userId: unknown])[] {
  return userKeys
    .map((key) => [key, configurable?.[key]] as const)
    .filter(([, userId]) => userId !== undefined && userId !== null && userId !== '');
}

function textOf(userId: unknown): string {
  if (typeof userId === 'string' || typeof userId === 'number') return String(userId);
  throw new TypeError('configurable.userId must be a string.');
}
