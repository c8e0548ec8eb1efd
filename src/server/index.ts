/**
 * Skein over HTTP: a handler that mounts in any framework, and a stand-alone server.
 * @module
 */
export { assertMayListen } from './auth/loopback.ts';
export { isLoopbackHost } from '../shared/loopback.ts';
export type {
  AuthOptions,
  HostAuthOptions,
  HostIdentity,
  LocalAuthOptions,
  TokenAuthOptions,
} from './auth/auth-options.ts';
export { attachLive } from './live/attach-live.ts';
export { createHandler } from './create-handler.ts';
export type { HandlerOptions } from './create-handler.ts';
export type { Logger } from './logger.ts';
export type { Mount, MountCall } from './mount.ts';
export { routes } from './routes.ts';
export type { Route } from './route.ts';
export { serve } from './serve.ts';
export type { RunningServer, ServeOptions } from './serve.ts';
