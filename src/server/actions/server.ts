import { serverIdHeader, type ServerNoun } from '../../api/operations/server.ts';
import { json, text } from '../plain-response.ts';
import type { Actions } from '../call.ts';

const revalidate = { 'cache-control': 'no-cache' };

export const serverActions: Actions<ServerNoun> = {
  getHealth: ({ server: { id } }) =>
    json(200, { status: 'ok' }, id === undefined ? undefined : { [serverIdHeader]: id }),

  async getReadiness({ server }) {
    await server.store.checkReady();
    return json(200, { status: 'ok' });
  },

  async getMetrics({ server }) {
    const { body, contentType } = await server.metrics.render();
    return text(200, body, contentType);
  },

  getOpenApi: ({ server }) => text(200, server.documents.openApi(), 'application/json', revalidate),

  getDocumentation: ({ server, origin }) =>
    text(200, server.documents.page(origin), 'text/html; charset=utf-8', {
      ...revalidate,
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    }),
};
