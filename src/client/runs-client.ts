import type { NewRun, Run, StartedRun } from '../api/run.ts';
import type { StreamsApi } from '../api/stream.ts';
import type { ThreadWriteOptions } from '../api/write-options.ts';
import { runEndpoints, type RunNoun } from '../api/operations/runs.ts';
import { invalid } from '../shared/error.ts';
import type { Handwritten } from './handwritten-verbs.ts';
import type { Http } from './http.ts';
import { bodyOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** Verbs of `RunsApi` over HTTP. */
export class RunsClient implements Handwritten<'runs'> {
  readonly #call: NounCalls<RunNoun>;
  readonly #streams: StreamsApi;

  constructor(http: Http, streams: StreamsApi) {
    this.#call = nounCalls<RunNoun>(http, runEndpoints);
    this.#streams = streams;
  }

  async start(
    threadId: string,
    input: NewRun,
    options: ThreadWriteOptions = {},
  ): Promise<StartedRun> {
    const { responder, ...body } = input;
    if (responder !== undefined)
      throw invalid('responder', 'cannot be sent over HTTP: name a model instead');
    const { status, body: started } = await this.#call('startRun', {
      ...options,
      parameters: { threadId },
      body,
      headers: { prefer: 'respond-async' },
    });
    const done = this.#whenEnded(threadId, started.run);
    // Avoid an unhandled rejection when the caller ignores `done`.
    done.catch(() => undefined);
    return { ...started, replayed: status === 200, done };
  }

  async #whenEnded(threadId: string, run: Run): Promise<Run> {
    for await (const group of this.#streams.readGroups(threadId, run.streamId)) void group;
    return bodyOf(this.#call('getRun', { parameters: { threadId, runId: run.id } }));
  }
}
