import type { AccessParticipant, AccessSubject } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';
import type { StoredThreadId } from '../../shared/ids.ts';

/**
 * A caller in one thread. Its standing holds for the operation that has read it, and for no later
 * one: another server may have changed it since.
 */
export interface Member extends Principal {
  readonly standing: Standing;
}

/** A reader who came by a link. No request can say so: only the store has looked the link up. */
export interface LinkReader extends Principal {
  readonly link: { readonly threadId: StoredThreadId; readonly shareId: string };
}

interface Standing {
  readonly threadId: StoredThreadId;
  readonly subject: AccessSubject;
  /** Absent: the caller has never taken part. */
  readonly participant: AccessParticipant | undefined;
  /** The host's answer, where it was asked whether the caller reads the thread. */
  readonly hostReads: boolean | undefined;
}
