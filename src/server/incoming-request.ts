import type { RequestSource } from './request/request-source.ts';

/** One request, as the adapter of a platform gives it. */
export interface IncomingRequest {
  readonly method: string;
  /** The whole address. */
  readonly url: string;
  readonly source: RequestSource;
  readonly requestId: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** The same as the Fetch API has it, for hosts and mounts. */
  readonly request: Request;
  /** A parameter of the path, decoded. */
  parameter(name: string): string | undefined;
}
