import type { z } from 'zod';
import type { ApiNoun } from '../../api/operation.ts';

/** A schema for every name that a noun's operations mention, with the matching type. */
export interface NounSchemas<N extends ApiNoun = ApiNoun> {
  readonly schemas: Schemas<N['wire']['schemas']>;
  readonly queries: Schemas<N['wire']['queries']>;
}

type Schemas<Types> = { readonly [Name in keyof Types]: z.ZodType<Types[Name]> };
