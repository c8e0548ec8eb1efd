import { routesOf, type Route } from './route.ts';
import { servedNouns } from './served-nouns.ts';

/** Everything that the server answers. */
export const routes: readonly Route[] = servedNouns.flatMap(({ noun, actions }) =>
  routesOf(noun, actions),
);
