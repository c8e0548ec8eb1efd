import { credentials } from '../../records/tables.ts';
import type { StoreExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';

/** A key must be listed, so that it can be revoked; a token must have a user and an expiry. */
export async function examineKeys(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(credentials)) {
    const { id, kind, userId, expiresAt } = row;
    const isToken = kind === 'token' && userId !== undefined && expiresAt !== undefined;
    if (!isToken && kind !== 'key') {
      await exam.found('state', `the credential ${id} is neither a key nor a whole token`);
    }
    await examineEntries(exam, credentials, row, `the ${kind} ${id}`);
  }
}
