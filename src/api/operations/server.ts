import type { NounOf } from '../operation.ts';

export const serverEndpoints = {
  getHealth: 'GET /healthz',
  getReadiness: 'GET /readyz',
  getMetrics: 'GET /metrics',
  getOpenApi: 'GET /openapi.json',
  getDocumentation: 'GET /docs',
} as const;

/** The header of the answer of `getHealth` that names the server, if it was given a name. */
export const serverIdHeader = 'x-skein-server';

export const serverTable = {
  group: 'Operations',
  parameters: {},
  operations: {
    getHealth: {
      summary: 'Whether the process responds',
      access: 'none',
      responses: { 200: { description: '`{"status":"ok"}`', contentType: 'application/json' } },
    },
    getReadiness: {
      summary: 'Whether the store can be read and written',
      access: 'none',
      responses: { 200: { description: '`{"status":"ok"}`', contentType: 'application/json' } },
      errors: ['unavailable'],
    },
    getMetrics: {
      summary: 'Metrics for Prometheus',
      description: [
        'Needs no authentication, as scrapers expect.',
        'Reports how often each route was used and how long it took, and nothing about threads or',
        'users. A proxy in front may still restrict it to the internal network.',
      ],
      access: 'none',
      responses: { 200: { description: 'The metrics.', contentType: 'text/plain' } },
    },
    getOpenApi: {
      summary: 'This API as OpenAPI 3.1',
      access: 'none',
      responses: { 200: { description: 'The document.', contentType: 'application/json' } },
    },
    getDocumentation: {
      summary: 'This API as a page to read',
      access: 'none',
      responses: { 200: { description: 'The page.', contentType: 'text/html' } },
    },
  },
} as const;

interface ServerTypes {
  readonly schemas: object;
  readonly queries: object;
}

export type ServerNoun = NounOf<typeof serverEndpoints, typeof serverTable, ServerTypes>;
