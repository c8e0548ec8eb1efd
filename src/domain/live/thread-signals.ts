import type { LiveSignal } from '../../api/live.ts';
import { participants } from '../../records/tables.ts';
import type { Signal } from '../../records/signals.ts';
import { SkeinError } from '../../shared/error.ts';
import { publicThreadId, type StoredThreadId } from '../../shared/ids.ts';
import { mayListParticipants, takesPart } from '../access/authorize.ts';
import type { Core, Visiting } from '../base/core.ts';
import type { Member } from '../base/member.ts';
import { receiptOf } from '../lists/list-receipts.ts';
import { getRun } from '../runs/list-runs.ts';
import { presenceIn } from './presence.ts';

/**
 * What one reader hears of a thread besides its log. A signal only names what has happened: the
 * reader reads it, by the rules of every read. Of those that wait, only the newest of a kind and a
 * user is kept.
 */
export class ThreadSignals {
  readonly #core: Core;
  readonly #threadId: StoredThreadId;
  readonly #ring: () => void;
  readonly #waiting = new Map<string, Signal>();
  readonly #release: () => void;
  /** Set while the reader is present. */
  #leave: (() => void) | undefined;

  constructor(core: Core, threadId: StoredThreadId, ring: () => void) {
    this.#core = core;
    this.#threadId = threadId;
    this.#ring = ring;
    this.#release = core.hints.signals.subscribe(threadId, (signal) => {
      if (signal.kind !== 'presence') this.#add(signal);
    });
  }

  /** Whether the reader is present, which only those are who share a thread of few people. */
  appear(member: Member, wants: boolean): void {
    const { userId } = member;
    const isThere = wants && userId !== undefined && sharesPresence(member);
    if (isThere === (this.#leave !== undefined)) return;
    if (!isThere) return this.#disappear();
    this.#leave = presenceIn(this.#core).enter(this.#threadId, userId, (id, isPresent) =>
      this.#add({ kind: 'presence', id, lastsMs: isPresent ? 1 : 0 }),
    );
  }

  take(): readonly Signal[] {
    const signals = [...this.#waiting.values()];
    this.#waiting.clear();
    return signals;
  }

  /** `undefined` if it is not for this reader. */
  async present(member: Member, signal: Signal): Promise<LiveSignal | undefined> {
    const threadId = publicThreadId(this.#threadId);
    const { kind, id, lastsMs } = signal;
    if (kind === 'run') return this.#runEvent(member, id);
    if (kind === 'read') return this.#readEvent(member, id);
    if (kind === 'typing') {
      if (member.userId === undefined || member.userId === id) return undefined;
      return { type: 'typing', threadId, userId: id, expiresInMs: lastsMs };
    }
    if (this.#leave === undefined) return undefined;
    return { type: 'presence', threadId, userId: id, state: lastsMs > 0 ? 'online' : 'offline' };
  }

  release(): void {
    this.#release();
    this.#disappear();
  }

  #disappear(): void {
    this.#leave?.();
    this.#leave = undefined;
    for (const [key, { kind }] of this.#waiting) if (kind === 'presence') this.#waiting.delete(key);
  }

  #add(signal: Signal): void {
    const key = `${signal.kind} ${signal.id}`;
    this.#waiting.delete(key); // the newest is the last
    this.#waiting.set(key, signal);
    if (this.#waiting.size > waitingMax) this.#waiting.delete(this.#waiting.keys().next().value!);
    this.#ring();
  }

  async #runEvent(principal: Member, runId: string): Promise<LiveSignal | undefined> {
    const threadId = publicThreadId(this.#threadId);
    const reading = { core: this.#core, principal };
    const run = await unlessHidden(() => getRun(reading, threadId, runId));
    return run && { type: 'run', threadId, run };
  }

  async #readEvent(principal: Member, userId: string): Promise<LiveSignal | undefined> {
    const visiting: Visiting = { core: this.#core, principal };
    if (principal.userId !== userId && !sharesReceipts(visiting)) return undefined;
    const { writer, records } = this.#core;
    const head = await writer.head(this.#threadId);
    const row = await records.get(participants, [this.#threadId, userId]);
    const receipt = head && row && receiptOf(head, row);
    return receipt && { type: 'read', threadId: publicThreadId(this.#threadId), receipt };
  }
}

/** Older ones are dropped for a reader that takes none. */
const waitingMax = 200;

function sharesReceipts({ principal }: Visiting): boolean {
  return isOfFew(principal) && mayListParticipants(principal);
}

function sharesPresence(member: Member): boolean {
  return isOfFew(member) && takesPart(member);
}

/** Whether a bound is set to how many take part. */
function isOfFew({ standing }: Member): boolean {
  const { mode } = standing.subject;
  return mode === 'assistant' || mode === 'direct' || mode === 'group';
}

async function unlessHidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isHidden = error instanceof SkeinError && hiddenCodes.has(error.code);
    if (isHidden) return undefined;
    throw error;
  }
}

const hiddenCodes: ReadonlySet<string> = new Set(['not_found', 'forbidden', 'unauthenticated']);
