import { routesOf, type Route } from './route.ts';
import { servedNouns } from './served-nouns.ts';

/** All routes of the server. */
export const routes: readonly Route[] = servedNouns.flatMap(({ noun, actions }) =>
  routesOf(noun, actions),
);
