/**
 * Shares the time of a server between those who get much and those who ask for little. A socket
 * whose client reads quickly takes any number of bytes at once, so what hundreds of readers get at
 * the same moment would be written in a single turn of the event loop, in which nothing else is
 * answered. So only so many bytes are handed out in a turn; the rest waits for the next ones, first
 * come, first served.
 */
export class FairTurns {
  readonly #bytesPerTurn: number;
  #spent = 0;
  #isTurnDue = false;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(bytesPerTurn: number = defaultBytesPerTurn) {
    this.#bytesPerTurn = bytesPerTurn;
  }

  /** `undefined` if these bytes may go at once, else a promise that resolves when they may. */
  take(bytes: number): Promise<void> | undefined {
    if (!this.#isTurnDue) this.#expectTurn();
    if (this.#waiting.length === 0 && this.#spent < this.#bytesPerTurn) {
      this.#spent += bytes;
      return undefined;
    }
    return new Promise((go) => this.#waiting.push({ bytes, go }));
  }

  #expectTurn(): void {
    this.#isTurnDue = true;
    nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    this.#spent = 0;
    let count = 0;
    while (count < this.#waiting.length && this.#spent < this.#bytesPerTurn) {
      const { bytes, go } = this.#waiting[count++]!;
      this.#spent += bytes;
      go();
    }
    this.#waiting.splice(0, count);
    if (count > 0) this.#expectTurn();
  }
}

const defaultBytesPerTurn = 4 * 1024 * 1024;

/** Between two turns the event loop takes up what has arrived. */
const nextTurn: (run: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : (run) => void setTimeout(run, 0);
