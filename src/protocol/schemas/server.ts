import type { ServerNoun } from '../../api/operations/server.ts';
import type { NounSchemas } from './noun-schemas.ts';

export const serverSchemas: NounSchemas<ServerNoun> = { schemas: {}, queries: {} };
