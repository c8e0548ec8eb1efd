import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createColors } from '../../../src/cli/format/colors.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { until } from '../shared/waits-for-testing.ts';

interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const mainPath = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/**
 * A temporary folder with a data directory, in which commands run: `run` in this process, which is
 * fast, and `start` in a process of its own, where processes and signals matter.
 */
export class CliKitForTesting implements AsyncDisposable {
  readonly folder: string;
  readonly data: string;
  readonly #children: CliProcessForTesting[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.data = join(folder, 'data');
  }

  static async create(): Promise<CliKitForTesting> {
    return new CliKitForTesting(await mkdtemp(join(tmpdir(), 'skein-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop('SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }

  async writeFile(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, content);
    return path;
  }

  /**
   * Runs a command in this process, on the kit's data directory unless the arguments name a store.
   */
  async run(args: readonly string[], input = ''): Promise<CliResult> {
    const [out, err] = [new Sink(), new Sink()];
    const colors = createColors(false);
    const terminal: Terminal = {
      out,
      err,
      in: Readable.from(input === '' ? [] : [Buffer.from(input)]),
      env: {},
      isOutTty: false,
      isErrTty: false,
      isInTty: false,
      width: 120,
      errWidth: 120,
      colors,
      errColors: colors,
      // How far a command is depends on how fast the machine is.
      progressEveryMs: Infinity,
    };
    const code = await runCli(this.#withData(args), terminal);
    return { code, out: out.text, err: err.text };
  }

  /** Runs a command and parses each line of its output as JSON. Throws if it fails. */
  async json<T>(args: readonly string[], input = ''): Promise<T[]> {
    const { code, out, err } = await this.run([...args, '--json'], input);
    if (code !== 0) throw new Error(err);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T); // the test knows the type
  }

  /** Starts a command in a process of its own. */
  start(args: readonly string[], env: Record<string, string> = {}): CliProcessForTesting {
    const child = new CliProcessForTesting(this.#withData(args), env);
    this.#children.push(child);
    return child;
  }

  /** Starts a server on a free port and waits until it responds. */
  async serve(args: readonly string[] = []): Promise<CliProcessForTesting & { url: string }> {
    const child = this.start(['serve', '--port', '0', ...args]);
    await child.waitFor(/Try: .*\n/);
    const [, url = ''] = /(http:\/\/[^\s]+)/.exec(child.out) ?? [];
    return Object.assign(child, { url });
  }

  #withData(args: readonly string[]): string[] {
    const isElsewhere = args.some((arg) =>
      ['--data', '--url', '--database', '--from', '--help', '--version'].includes(arg),
    );
    return isElsewhere || args.length === 0 || args[0] === 'bench'
      ? [...args]
      : [...args, '--data', this.data];
  }
}

/** A command in a process of its own. */
export class CliProcessForTesting {
  out = '';
  err = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  /** All of its output is there. */
  #hasEnded = false;

  constructor(args: readonly string[], env: Record<string, string>) {
    this.#child = spawn(process.execPath, [mainPath, ...args], { env: { ...process.env, ...env } });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.#exit = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.#hasEnded = true;
        resolve(code);
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Waits until the output matches, or that is so. Throws if the command ends before. */
  async waitFor(
    pattern: RegExp,
    where: 'out' | 'err' = 'out',
    isSo: () => boolean = () => false,
  ): Promise<void> {
    const isEnough = (): boolean => pattern.test(this[where]) || isSo();
    const explain = (): string =>
      `There was no ${String(pattern)} in ${where}: ${this.out}${this.err}`;
    await until(() => isEnough() || this.#hasEnded, explain);
    if (!isEnough()) throw new Error(explain());
  }

  /** Writes to stdin and leaves it open. */
  write(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Returns whether there was still a process to send it to. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal);
  }

  /** From now on nothing can be written to what the command prints to. */
  loseReader(): void {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
  }

  /** From now on nothing takes what the command prints. */
  stopReading(): void {
    this.#child.stdout!.pause();
    this.#child.stderr!.pause();
  }

  async ended(): Promise<CliResult> {
    const code = await this.#exit;
    return { code, out: this.out, err: this.err };
  }

  /** The exit code, `null` after a signal. */
  exit(): Promise<number | null> {
    return this.#exit;
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    return this.#exit;
  }
}

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
