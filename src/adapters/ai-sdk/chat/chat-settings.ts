import type { RunPolicy } from '../../../api/run.ts';
import type { NewThread } from '../../../api/thread.ts';

/** Who asks: as everywhere, nobody without a `userId` is anonymous. */
export interface ChatIdentity {
  readonly projectId: string;
  readonly userId?: string;
}

/** What is the same whoever answers and whoever mounts the chat. */
export interface ChatSettings {
  /** Where the chat is mounted, without a slash at the end. Default `/api/chat`, which `useChat` asks. */
  readonly basePath?: string;
  /** What a message does while an answer is being made. Default: the thread's own policy, else 409. */
  readonly policy?: RunPolicy;
  /** What a thread is made with that begins with its first message. */
  readonly newThread?: Omit<NewThread, 'id' | 'items'>;
  /** Messages of a page of `GET …/{id}/messages`, where the request names no limit. Default 100. */
  readonly messagesPerPage?: number;
  /** A stream that is silent gets a comment so often, for proxies. Default 15,000. */
  readonly commentIntervalMs?: number;
}
