import type { OperatorUsersApi, UsersApi } from '../../api/user.ts';
import { put } from '../../records/records.ts';
import { users } from '../../records/tables.ts';
import type { StoreExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import type { Noun } from '../base/noun.ts';
import { learnClaims } from './learn-claims.ts';
import { getMe, getUser, listUsers, lookupUsers } from './lookup-users.ts';
import { putUsers } from './put-users.ts';
import { kindOf } from './user-fields.ts';

/** The people and agents of projects, as others see them. */
export const usersNoun: Noun<{ users: UsersApi }, { users: OperatorUsersApi }> = {
  name: 'users',
  tables: [users],
  examine: { store: examineUsers },
  api: (reading) => ({
    users: {
      me: async () => getMe(reading),
      get: (userId) => getUser(reading, userId),
      lookup: async (userIds) => lookupUsers(reading, userIds),
      put: (inputs) => putUsers(reading, inputs),
      list: (options) => listUsers(reading, options),
    },
  }),
  operatorApi: (core) => ({
    users: { learn: (user, claims) => learnClaims(core, user, claims) },
  }),
};

/** The kind follows from the id, and only an agent has a responder. */
async function examineUsers(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(users)) {
    const what = `the user ${row.id} of the project ${row.projectId}`;
    const kind = kindOf(row.id);
    if (row.kind !== kind) {
      await exam.found('derived', `${what} should be of the kind ${kind}`, () =>
        exam.records.commit({ puts: [put(users, { ...row, kind }, row)] }),
      );
    }
    if (row.responder !== undefined && kind !== 'agent') {
      await exam.found('state', `${what} is no agent, but has a responder`);
    }
    await examineEntries(exam, users, row, what);
  }
}
