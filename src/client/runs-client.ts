import type { NewRun, Run, RunListOptions, RunsApi, StartedRun } from '../api/run.ts';
import type { Page } from '../api/page.ts';
import type { StreamsApi } from '../api/stream.ts';
import type { WriteOptions } from '../api/write-options.ts';
import type { RunStart } from '../protocol/operations/runs.ts';
import { invalid } from '../shared/error.ts';
import type { Http } from './http.ts';
import { pathOf, segment } from './paths.ts';

/** `RunsApi` over HTTP. */
export class RunsClient implements RunsApi {
  readonly #http: Http;
  readonly #streams: StreamsApi;

  constructor(http: Http, streams: StreamsApi) {
    this.#http = http;
    this.#streams = streams;
  }

  async start(threadId: string, input: NewRun, options: WriteOptions = {}): Promise<StartedRun> {
    const { responder, ...body } = input;
    if (responder !== undefined) throw invalid('responder', 'cannot be sent: name a model');
    const { status, body: started } = await this.#http.send<RunStart & { replayed?: boolean }>({
      ...options,
      method: 'POST',
      path: `${pathOf(threadId)}/runs`,
      body,
      headers: { prefer: 'respond-async' },
    });
    const done = this.#whenEnded(threadId, started.run);
    // Whoever does not wait for the end is not to be troubled by what hinders it.
    done.catch(() => undefined);
    return { ...started, replayed: status === 200, done };
  }

  async get(threadId: string, runId: string): Promise<Run> {
    const { body } = await this.#http.send<Run>({ method: 'GET', path: runPath(threadId, runId) });
    return body;
  }

  async list(threadId: string, options: RunListOptions = {}): Promise<Page<Run>> {
    const path = `${pathOf(threadId)}/runs`;
    const { body } = await this.#http.send<Page<Run>>({ method: 'GET', path, query: options });
    return body;
  }

  async stop(threadId: string, runId: string): Promise<Run> {
    const path = `${runPath(threadId, runId)}/stop`;
    const { body } = await this.#http.send<Run>({ method: 'POST', path });
    return body;
  }

  async #whenEnded(threadId: string, run: Run): Promise<Run> {
    for await (const group of this.#streams.readGroups(threadId, run.streamId)) void group;
    return this.get(threadId, run.id);
  }
}

function runPath(threadId: string, runId: string): string {
  return `${pathOf(threadId)}/runs/${segment(runId, 'runId')}`;
}
