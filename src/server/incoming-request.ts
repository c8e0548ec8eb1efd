import type { RequestSource } from './request/request-source.ts';

/** A request as the platform's adapter provides it. */
export interface IncomingRequest {
  readonly method: string;
  /** The whole address. */
  readonly url: string;
  readonly source: RequestSource;
  readonly requestId: string;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** The same request as a Fetch API object, for hosts and mounts. */
  readonly request: Request;
  /** Closes the client's connection, if this server owns it. */
  readonly disconnect?: (() => void) | undefined;
  /** A parameter of the path, decoded. */
  parameter(name: string): string | undefined;
}
