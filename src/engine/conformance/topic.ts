import type { Session } from './session.ts';

/** What a case cannot run without. */
type Need =
  /** The same store can be opened again. */
  | 'reopen'
  /** Acknowledged writes survive a crash, and the subject can cause one. */
  | 'crash'
  /** A second opening of a store in use is refused, and the subject can try one. */
  | 'refusesSecond'
  /** A commit is atomic across all its partitions, even in a crash. */
  | 'atomicAcrossPartitions';

export interface Case {
  readonly needs?: readonly Need[];
  readonly run: (session: Session) => Promise<void>;
}

/** The cases for one part of the contract. Their titles say what must hold. */
export interface Topic {
  readonly name: string;
  readonly cases: Readonly<Record<string, Case>>;
}

/** Why a case does not apply to this engine and subject; `undefined` if it does. */
export function reasonToSkip(needs: readonly Need[], session: Session): string | undefined {
  return needs.map((need) => reasonAgainst(need, session)).find((reason) => reason !== undefined);
}

function reasonAgainst(need: Need, { engine, subject }: Session): string | undefined {
  const { durable, shared, atomicAcrossPartitions } = engine.capabilities;
  switch (need) {
    case 'reopen':
      return subject.reopen ? undefined : 'the subject cannot reopen a store';
    case 'crash':
      if (!durable) return 'the engine is not durable';
      return subject.crash && subject.reopen ? undefined : 'the subject cannot crash and reopen';
    case 'refusesSecond':
      if (shared) return 'the engine is shared: a second opening is allowed';
      return subject.reopen ? undefined : 'the subject cannot open a store twice';
    case 'atomicAcrossPartitions':
      return atomicAcrossPartitions ? undefined : 'the engine is not atomic across partitions';
  }
}
