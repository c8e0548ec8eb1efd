import { Agent, request, type IncomingMessage } from 'node:http';

interface AnswerRequest {
  readonly port: number;
  readonly path: string;
  /** Makes the request a POST. */
  readonly body?: unknown;
  /** Stops reading at the first event and closes the connection. */
  readonly isFirstOnly?: boolean;
}

interface ReadAnswer {
  readonly status: number;
  /** The number of chunks read. */
  readonly events: number;
  /** From the request to the first bytes of an event, in ms. */
  readonly firstEventMs: number;
  /** From the request to the first piece of text, in ms. */
  readonly firstTextMs: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Keeps connections open, as browsers and servers do. */
const agent = new Agent({ keepAlive: true });

/**
 * Reads a stream of server-sent events. It only counts them, so that it costs little next to the
 * server.
 */
export function readAnswer(asked: AnswerRequest): Promise<ReadAnswer> {
  const { port, path, body } = asked;
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const options = { port, path, host: '127.0.0.1', agent, headers };
    const sent = request({ ...options, method: body === undefined ? 'GET' : 'POST' }, (answer) => {
      count(answer, startMs, asked.isFirstOnly ?? false).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function count(
  answer: IncomingMessage,
  startMs: number,
  isFirstOnly: boolean,
): Promise<ReadAnswer> {
  let [events, firstEventMs, firstTextMs] = [0, Number.NaN, Number.NaN];
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of answer as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const found = countIn(bytes, dataMark);
    if (found > 0 && events === 0) firstEventMs = performance.now() - startMs;
    if (Number.isNaN(firstTextMs) && bytes.includes(textMark)) {
      firstTextMs = performance.now() - startMs;
    }
    events += found;
    if (isFirstOnly && events > 0) break;
    // A mark may be split, and the kept rest is too short for a whole one.
    rest = Buffer.from(bytes.subarray(-(markBytes - 1)));
  }
  const { statusCode = 0, headers } = answer;
  return { status: statusCode, events, firstEventMs, firstTextMs, headers };
}

const dataMark = Buffer.from('data: {"type":');
const textMark = Buffer.from('"type":"text-delta"');
const markBytes = dataMark.length;

function countIn(bytes: Buffer, mark: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) found++;
  return found;
}
