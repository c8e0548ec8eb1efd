import type { Duplex } from 'node:stream';
import { headersOf } from './fetch-adapter.ts';
import { respondWithError, type ErrorContext } from './respond-with-error.ts';

/** Ends a socket that has no response object with an error response. */
export function writeProblem(socket: Duplex, error: unknown, context: ErrorContext): void {
  const response = respondWithError(error, context);
  const headers = Object.entries({
    ...headersOf(response.contentType, context.requestId, response.headers),
    'content-length': Buffer.byteLength(response.text),
    connection: 'close',
  });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${response.status} Error\r\n${lines}\r\n${response.text}`);
}
