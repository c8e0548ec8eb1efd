import type { Route } from './route.ts';
import { comparisonRoutes } from './routes/comparison-routes.ts';
import { conversationRoutes } from './routes/conversation-routes.ts';
import { edgeRoutes } from './routes/edge-routes.ts';
import { itemRoutes } from './routes/item-routes.ts';
import { liveRoutes } from './routes/live-routes.ts';
import { modelRoutes } from './routes/model-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { runRoutes } from './routes/run-routes.ts';
import { threadRoutes } from './routes/thread-routes.ts';
import { tokenRoutes } from './routes/token-routes.ts';

/** Everything that the server answers. The router, OpenAPI, the documentation and the tests are made from it. */
export const routes: readonly Route[] = [
  ...threadRoutes,
  ...itemRoutes,
  ...liveRoutes,
  ...edgeRoutes,
  ...runRoutes,
  ...modelRoutes,
  ...comparisonRoutes,
  ...conversationRoutes,
  ...tokenRoutes,
  ...operationRoutes,
];
