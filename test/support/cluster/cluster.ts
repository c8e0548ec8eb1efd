import { CliKitForTesting, type CliProcessForTesting } from '../cli/cli-kit-for-testing.ts';
import { createClient, type ClientOptions } from '../../../src/client/index.ts';
import type { ProjectApi } from '../../../src/store/index.ts';

/** Real servers, each a process of its own, on one database. */
export class ClusterForTesting implements AsyncDisposable {
  readonly servers: readonly ServerForTesting[];
  readonly #kit: CliKitForTesting;

  private constructor(kit: CliKitForTesting, servers: readonly ServerForTesting[]) {
    this.#kit = kit;
    this.servers = servers;
  }

  /** Starts all servers at the same moment. */
  static async start(address: string, count: number): Promise<ClusterForTesting> {
    const kit = await CliKitForTesting.create();
    const servers = Array.from({ length: count }, () => new ServerForTesting(kit, address));
    const cluster = new ClusterForTesting(kit, servers);
    try {
      await Promise.all(servers.map((server) => server.start()));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kit[Symbol.asyncDispose]();
  }
}

/** One `skein serve`. After a restart it has another port, which its clients find. */
class ServerForTesting {
  readonly #kit: CliKitForTesting;
  readonly #address: string;
  #process: CliProcessForTesting | undefined;
  #url = '';
  /** How often a live tail was requested. */
  tailsOpened = 0;

  constructor(kit: CliKitForTesting, address: string) {
    this.#kit = kit;
    this.#address = address;
  }

  async start(): Promise<void> {
    const args = ['serve', '--port', '0', '--database', this.#address, '--log-level', 'error'];
    const process = this.#kit.start(args);
    this.#process = process;
    await process.waitFor(/Try: .*\n/);
    this.#url = /(http:\/\/\S+)/.exec(process.out)![1]!; // precedes the awaited text
  }

  async kill(): Promise<void> {
    await this.#process!.stop('SIGKILL');
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.#url}/readyz`);
    await answer.text();
    return answer.status === 200;
  }

  client(options: Partial<ClientOptions> = {}): ProjectApi {
    return createClient({
      baseUrl: 'http://server.invalid',
      fetch: (request) => this.#fetch(request),
      ...options,
    });
  }

  #fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname.endsWith('/live')) this.tailsOpened++;
    return fetch(new Request(this.#url + pathname + search, request));
  }
}
