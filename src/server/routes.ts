import { nouns } from '../protocol/operations.ts';
import { actions } from './actions.ts';
import { routesOf, type Route } from './route.ts';

/**
 * Everything that the server answers. The router, OpenAPI, the documentation and the tests are made
 * from it.
 */
export const routes: readonly Route[] = Object.entries(nouns).flatMap(
  ([name, noun]) => routesOf(noun, actions[name as keyof typeof actions]), // both have the same names
);
