import type { z } from 'zod';
import { nouns, type NounDescription } from '../protocol/operations.ts';
import { problemSchema } from '../protocol/schemas/problem.ts';
import { jsonSchemasOf, type JsonSchema } from '../protocol/wire-schemas.ts';
import { actions } from './actions.ts';
import type { AnyActions } from './call.ts';
import { routesOf, type Route } from './route.ts';

/** A noun of the table with the server's actions for it. */
export interface ServedNoun {
  readonly noun: NounDescription;
  /** For its operations that are no verbs. */
  readonly actions?: AnyActions | undefined;
}

/** The nouns of the table, in its order. */
export const servedNouns: readonly ServedNoun[] = Object.entries(nouns).map(([name, noun]) => ({
  noun,
  actions: (actions as Readonly<Record<string, AnyActions>>)[name], // none if all are verbs
}));

/** The input of the documentation: the routes of nouns, and the schemas that they refer to. */
export interface ApiDescription {
  readonly routes: readonly Route[];
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

export function describeApi(served: readonly ServedNoun[]): ApiDescription {
  // Merged by name.
  const schemas = served.map(({ noun }) => noun.schemas as Readonly<Record<string, z.ZodType>>);
  return {
    routes: served.flatMap(({ noun, actions }) => routesOf(noun, actions)),
    schemas: jsonSchemasOf(Object.assign({ Problem: problemSchema }, ...schemas)),
  };
}
