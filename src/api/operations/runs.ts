import type { Item } from '../item.ts';
import type { Page } from '../page.ts';
import type { NewRun, Run, RunListOptions, RunsApi } from '../run.ts';
import type { NounOf } from '../operation.ts';
import type { WithVerbs } from '../verb.ts';

export const runEndpoints = {
  startRun: 'POST /v1/threads/{threadId}/runs',
  listRuns: 'GET /v1/threads/{threadId}/runs',
  getRun: 'GET /v1/threads/{threadId}/runs/{runId}',
  stopRun: 'POST /v1/threads/{threadId}/runs/{runId}/stop',
  readStream: 'GET /v1/threads/{threadId}/streams/{streamId}',
} as const;

export const runVerbs = {
  listRuns: ['runs.list', 'threadId', 'query'],
  getRun: ['runs.get', 'threadId', 'runId'],
  stopRun: ['runs.stop', 'threadId', 'runId'],
} as const;

export const runTable = {
  group: 'Runs',
  parameters: {
    runId: { description: "A run's id." },
    streamId: { description: "A stream's id." },
  },
  operations: {
    startRun: {
      summary: 'Ask a model or an agent',
      description: [
        'Stores the input and starts a run that answers it.',
        "The answer streams as server-sent events whose data are chunks of the AI SDK's UI message",
        'stream, after a first event `run` with the run and the input as stored.',
        'With `Prefer: respond-async` the response is an immediate 202.',
        'A client that disconnects does not stop the run: read its stream again, or stop it.',
        'A failed or stopped answer is tried again with retriesId: what its tools did is not done twice.',
      ],
      body: {
        schema: 'StartRun',
        example: { input: 'What is a thread?', model: 'demo/echo' },
      },
      takesIdempotencyKey: true,
      takesIfMatch: true,
      responses: {
        200: {
          description:
            'The chunks of the answer. If the request accepts only JSON: the run that the first call started.',
          contentType: 'text/event-stream',
        },
        202: { description: 'The run, which continues.', schema: 'RunStart' },
      },
    },
    listRuns: {
      summary: 'List runs',
      description: ['In order of creation.'],
      query: 'RunListQuery',
      responses: { 200: { description: 'A page of runs.', schema: 'RunPage' } },
    },
    getRun: {
      summary: 'Read a run',
      responses: { 200: { description: 'The run.', schema: 'Run' } },
    },
    stopRun: {
      summary: 'Stop a run',
      description: [
        'On whichever server it runs.',
        'What its readers have seen stays as a partial answer.',
        'A run that has already ended does not change.',
      ],
      responses: { 200: { description: 'The run as it ended.', schema: 'Run' } },
    },
    readStream: {
      summary: 'Read the stream of an answer',
      description: [
        'Replays the chunks of an answer and follows it to its end, marked by `data: [DONE]`.',
        'Each `id` is the number of a chunk: reconnect with it as `after` or `Last-Event-ID`,',
        'and no chunk is lost or arrives twice.',
        'The chunks are deleted ten minutes after the end; the answer remains as an item.',
      ],
      query: 'StreamQuery',
      responses: {
        200: {
          description: 'The chunks. If the request accepts only JSON: a description of the stream.',
          contentType: 'text/event-stream',
        },
      },
    },
  },
} as const;

/** `NewRun` over HTTP, where a model's name takes the place of a responder. */
export type RunBody = Omit<NewRun, 'responder'>;

/** A new run with its input as stored. */
export interface RunStart {
  readonly run: Run;
  readonly items: readonly Item[];
}

export interface StreamQuery {
  readonly after?: number;
  readonly from?: 'start' | 'step';
}

interface RunTypes {
  readonly schemas: {
    readonly StartRun: RunBody;
    readonly RunStart: RunStart;
    readonly Run: Run;
    readonly RunPage: Page<Run>;
  };
  readonly queries: { readonly RunListQuery: RunListOptions; readonly StreamQuery: StreamQuery };
}

export type RunNoun = WithVerbs<
  NounOf<typeof runEndpoints, typeof runTable, RunTypes>,
  typeof runVerbs,
  { readonly runs: RunsApi }
>;
