import type { ScopesApi } from '../../api/scope.ts';
import { scopes } from '../../records/tables.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import { dropScope, getOrCreateScope } from './get-or-create-scope.ts';
import { examineScopes } from './examine-scopes.ts';

/** The one primary thread of each record. */
export const scopesNoun: Noun<{ scopes: ScopesApi }> = {
  name: 'scopes',
  tables: [scopes],
  examine: { store: examineScopes },
  api: (reading) => ({
    scopes: {
      getOrCreate: (scopes) =>
        each(scopes, async (scope) => (await getOrCreateScope(reading, scope)).data),
      getOrCreateWithOutcome: (scope) => getOrCreateScope(reading, scope),
    },
  }),
  onDelete: dropScope,
};
