/**
 * A typed client of the HTTP API, for browsers and Node, and an observable cache of a thread.
 * @module
 */
export type * from '../api/project-api.ts';
export { createClient } from './create-client.ts';
export type { ClientOptions } from './client-options.ts';
export { createThreadObserver } from './thread-observer.ts';
export type { ThreadObserver, ThreadObserverOptions } from './thread-observer.ts';
export type { ThreadSnapshot } from './thread-snapshot.ts';
export { partsWithMentions } from '../shared/mentions.ts';
export type { NamedUser, TextOrMention } from '../shared/mentions.ts';
export { SkeinError } from '../shared/error.ts';
export type { ErrorCode, Issue } from '../shared/error.ts';
