import { json, text } from '../answer.ts';
import { defineRoute, type Route } from '../route.ts';

const statusAnswer = { description: '`{"status":"ok"}`', contentType: 'application/json' };

const getHealth = defineRoute({
  method: 'GET',
  path: '/healthz',
  name: 'getHealth',
  group: 'Operations',
  summary: 'Whether the process answers',
  access: 'none',
  answers: { 200: statusAnswer },
  action: () => json(200, { status: 'ok' }),
});

const getReadiness = defineRoute({
  method: 'GET',
  path: '/readyz',
  name: 'getReadiness',
  group: 'Operations',
  summary: 'Whether the store can be read and written',
  access: 'none',
  answers: { 200: statusAnswer },
  async action(call) {
    await call.server.store.checkReady();
    return json(200, { status: 'ok' });
  },
});

const getMetrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  name: 'getMetrics',
  group: 'Operations',
  summary: 'Metrics for Prometheus',
  description:
    'Needs no authentication, as scrapers expect. It tells how often each route was used and how long it took, and ' +
    'nothing about threads or users; a proxy in front may still keep it inside.',
  access: 'none',
  answers: { 200: { description: 'The metrics.', contentType: 'text/plain' } },
  async action(call) {
    const { body, contentType } = await call.server.metrics.render();
    return text(200, body, contentType);
  },
});

const getOpenApi = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  name: 'getOpenApi',
  group: 'Operations',
  summary: 'This API as OpenAPI 3.1',
  access: 'none',
  answers: { 200: { description: 'The document.', contentType: 'application/json' } },
  action: (call) => text(200, call.server.documents.openApi(), 'application/json', revalidate),
});

const getDocumentation = defineRoute({
  method: 'GET',
  path: '/docs',
  name: 'getDocumentation',
  group: 'Operations',
  summary: 'This API as a page to read',
  access: 'none',
  answers: { 200: { description: 'The page.', contentType: 'text/html' } },
  action: (call) =>
    text(200, call.server.documents.page(call.origin), 'text/html; charset=utf-8', {
      ...revalidate,
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    }),
});

const revalidate = { 'cache-control': 'no-cache' };

export const operationRoutes: readonly Route[] = [
  getHealth,
  getReadiness,
  getMetrics,
  getOpenApi,
  getDocumentation,
];
