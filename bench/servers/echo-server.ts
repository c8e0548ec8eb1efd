/** A child process of the bench: the least that Hono can do with a JSON body, answering it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { runAsChild } from './run-as-child.ts';

const app = new Hono();
app.post('/v1/threads/:threadId/items', async (context) => context.json(await context.req.json()));
const listener = getRequestListener(app.fetch);
const server = createServer((request, response) => void listener(request, response));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  runAsChild(port, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
