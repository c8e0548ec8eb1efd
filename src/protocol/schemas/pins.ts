import { z } from 'zod';
import type { PinNoun } from '../../api/operations/pins.ts';
import { itemSchema } from './items.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

export const pinSchemas: NounSchemas<PinNoun> = {
  schemas: { Item: itemSchema, PinPage: pageOf(itemSchema) },
  queries: { PinListQuery: z.strictObject(pageParameters) },
};
