import type { Principal } from '../../../api/principal.ts';
import type { RunPolicy } from '../../../api/run.ts';
import type { NewThread } from '../../../api/thread.ts';

/** The caller: as everywhere, a caller without a `userId` is anonymous. */
export type ChatIdentity = Principal;

/**
 * Calls back when the caller's credential ends, with which open streams must end. Returns the
 * function that stops waiting for that.
 */
export type ChatLifetime = (onEnd: () => void) => () => void;

/** The place of an answer's stream among the open streams of the server. */
export interface ChatTail {
  /** The stream has ended. */
  release(): void;
  /** Resolves when so many bytes may be sent; `undefined` means at once. */
  takeTurn(bytes: number): Promise<void> | undefined;
}

/**
 * Counts the stream of an answer among those that are open. Throws if there are too many, unless it
 * must not be refused.
 */
export type HoldChatTail = (options: { readonly isBounded: boolean }) => ChatTail;

/** Settings that do not depend on the responder or on where the chat is mounted. */
export interface ChatSettings {
  /**
   * The base path of the chat, without a trailing slash. Default `/api/chat`, which `useChat` uses.
   */
  readonly basePath?: string;
  /**
   * What happens to a message while an answer is under way. Default: the thread's own policy, or
   * else 409.
   */
  readonly policy?: RunPolicy;
  /** The fields of a thread that begins with its first message. */
  readonly newThread?: Omit<NewThread, 'id' | 'items'>;
  /** Messages in a page of `GET …/{id}/messages` if the request names no limit. Default 100. */
  readonly messagesPerPage?: number;
  /** How many bytes such a page has at most, unless one message has more. Default 4 MiB. */
  readonly messagesBytesMax?: number;
  /** The interval of comments on a silent stream, for proxies, in milliseconds. Default 15,000. */
  readonly commentIntervalMs?: number;
}
