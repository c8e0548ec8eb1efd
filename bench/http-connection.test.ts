import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpConnection, postRequest } from './http-connection.ts';

let server: Server | undefined;

afterEach(() => {
  server?.close();
});

/** A server that answers each request with these pieces, one after the other. */
async function serveRaw(pieces: readonly string[]): Promise<number> {
  const started = createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => void writeAll(socket, pieces));
    socket.on('error', () => socket.destroy()); // the test has closed the connection
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return (started.address() as AddressInfo).port; // it listens on a port, not on a pipe
}

async function writeAll(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    // The next one follows in a later turn, so that it arrives as a separate piece.
    await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
  }
}

const request = postRequest('/v1/threads', { title: 'ä' });

describe('an answer', () => {
  const answers: readonly (readonly string[])[] = [
    ['HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}'],
    ['HTTP/1.1 200 OK\r\ncontent-le', 'ngth: 4\r\n\r', '\n{', '  }'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ];
  test.each(answers)('in pieces %j, is over when all of it is there', async (...pieces) => {
    const connection = await HttpConnection.open(await serveRaw(pieces));
    await connection.post(request);
    await connection.post(request); // nothing of the first answer disturbs it
    connection.close();
  });

  test('that is no success is an error with its text', async () => {
    const refusal = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy';
    const connection = await HttpConnection.open(await serveRaw([refusal]));
    await expect(connection.post(request)).rejects.toThrow('busy');
    connection.close();
  });

  test('that never comes since the server is gone is an error', async () => {
    const started = createServer((socket) => socket.on('data', () => socket.destroy()));
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    // It listens on a port.
    const connection = await HttpConnection.open((started.address() as AddressInfo).port);
    await expect(connection.post(request)).rejects.toThrow('closed');
  });
});

test('a request says how many bytes its body has', () => {
  const text = request.toString('utf8');
  expect(text).toContain('\r\ncontent-length: 14\r\n');
  expect(text.endsWith('\r\n\r\n{"title":"ä"}')).toBe(true);
});
