import type { Key } from '../engine/engine.ts';

/**
 * Something that happens in a thread now: it is stored nowhere (`typing`, `presence`), or says that
 * something stored has changed that has no place in the log (`read`, `run`).
 */
export interface Signal {
  readonly kind: SignalKind;
  /** A user's id, or that of a run. */
  readonly id: string;
  /** How long it holds, in milliseconds; 0: it has ended. */
  readonly lastsMs: number;
}

type SignalKind = (typeof signalKinds)[number];
const signalKinds = ['typing', 'presence', 'read', 'run'] as const;

type OnSignal = (signal: Signal) => void;

/**
 * Passes signals to the readers of this process, and to other processes as hints of the engine,
 * where it has any. A signal may be lost, and nothing may depend on it.
 *
 *   key = "" subject kind id lastsMs
 *
 * No partition begins with an empty text, so a process that knows no signals passes them over.
 */
export class SignalChannel {
  readonly #listeners = new Map<string, Set<OnSignal>>();
  readonly #tell: (key: Key) => void;

  constructor(tell: (key: Key) => void) {
    this.#tell = tell;
  }

  /** Calls back with every signal of the subject, until the result is called. */
  subscribe(subject: string, onSignal: OnSignal): () => void {
    const listeners = this.#listeners.get(subject) ?? new Set();
    this.#listeners.set(subject, listeners.add(onSignal));
    return () => {
      listeners.delete(onSignal);
      if (listeners.size === 0) this.#listeners.delete(subject);
    };
  }

  publish(subject: string, signal: Signal): void {
    this.#deliver(subject, signal);
    this.tellOthers(subject, signal);
  }

  /** Only to other processes. */
  tellOthers(subject: string, { kind, id, lastsMs }: Signal): void {
    this.#tell(['', subject, kind, id, lastsMs]);
  }

  /** A hint of another process, which may be no signal, or one that only a later version knows. */
  hear([mark, subject, kind, id, lastsMs]: Key): void {
    if (mark !== '' || typeof subject !== 'string') return;
    const known = signalKinds.find((one) => one === kind);
    if (known === undefined || typeof id !== 'string' || typeof lastsMs !== 'number') return;
    this.#deliver(subject, { kind: known, id, lastsMs });
  }

  #deliver(subject: string, signal: Signal): void {
    for (const onSignal of this.#listeners.get(subject) ?? []) onSignal(signal);
  }
}
