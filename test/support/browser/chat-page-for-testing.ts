import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { build } from 'vite';

/** The page for the browser, bundled into a temporary folder. */
export class BundledPage implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async build(): Promise<BundledPage> {
    const folder = await mkdtemp(join(tmpdir(), 'skein-page-'));
    await build({
      root: fileURLToPath(new URL('../../browser/page', import.meta.url)),
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true, minify: false, target: 'esnext' },
    });
    return new BundledPage(folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async answer(url: URL): Promise<Response> {
    const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
    const type = { '.html': 'text/html', '.js': 'text/javascript' }[extname(name)];
    if (type === undefined || name.includes('..')) return new Response(null, { status: 404 });
    return new Response(new Uint8Array(await readFile(join(this.#folder, name))), {
      headers: { 'content-type': type },
    });
  }
}

export interface PageServer extends AsyncDisposable {
  readonly url: string;
  /** Cuts every open connection, as a failing network does. */
  dropConnections(): void;
}

/** Serves the page and, under `/api/chat`, the chat. */
export async function servePage(
  page: BundledPage,
  chat: (request: Request) => Promise<Response>,
): Promise<PageServer> {
  const listener = getRequestListener((request) => {
    const url = new URL(request.url);
    return url.pathname.startsWith('/api/chat') ? chat(request) : page.answer(url);
  });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void listener(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    dropConnections: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
