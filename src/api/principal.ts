/**
 * The caller. Made by the host or the server from a verified identity, never from a request's body.
 */
export interface Principal {
  readonly projectId: string;
  /** Absent: anonymous. */
  readonly userId?: string;
}
