import { describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { postgres } from './index.ts';
import { toEngineError, verdictOf } from './postgres-errors.ts';
import { postgresUrlForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';

function messageOf(properties: object): string {
  const error = toEngineError(Object.assign(new Error('as it was'), properties), 'h/d');
  return error.message.replace('The PostgreSQL database h/d ', '');
}

describe('the error for a caller', () => {
  test.each([
    ['ECONNRESET', 'cannot be reached: the connection broke.'],
    ['EPIPE', 'cannot be reached: the connection broke.'],
    ['ENETUNREACH', 'cannot be reached: there is no way to its host.'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'cannot be trusted: its certificate is for another host.'],
    ['CERT_HAS_EXPIRED', 'cannot be trusted: its certificate has expired.'],
    ...[
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ].map((code) => [
      code,
      'cannot be trusted: its certificate has an unknown signer; name the signer with sslrootcert.',
    ]),
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'cannot be reached: no encrypted connection came about.'],
    ['ESOMETHING', 'could not be used: as it was.'],
  ])('of %s: %s', (code, message) => {
    expect(messageOf({ code })).toBe(message);
  });

  test.each([
    [{ code: 'ENOENT', syscall: 'connect' }, 'cannot be reached: no server listens there.'],
    [
      { code: 'EACCES', syscall: 'connect' },
      'cannot be reached: this user may not use its socket.',
    ],
    [
      { code: 'EACCES', syscall: 'open', path: '/ca.pem' },
      'cannot be used: the file /ca.pem, which its address names, cannot be read (EACCES).',
    ],
    [
      { code: 'EISDIR', syscall: 'read' },
      'cannot be used: a file that its address names is a directory.',
    ],
    [{ code: 'ECONNRESET', syscall: 'read' }, 'cannot be reached: the connection broke.'],
  ])('of %j: %s', (properties, message) => {
    expect(messageOf(properties)).toBe(message);
  });

  test('of a commit that is too large to be sent', () => {
    const error = new RangeError('Invalid string length');
    expect(verdictOf(error)).toBe('tooLarge');
    expect(toEngineError(error, 'h/d')).toMatchObject({ code: 'payload_too_large', cause: error });
  });

  test.runIf(isEngineChosen('postgres'))('of a certificate that is not there', async () => {
    const url = `${await postgresUrlForTesting()}?sslmode=verify-full&sslrootcert=/no/ca.pem`;
    await expect(OpenEngine.open(postgres({ url }), [])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /cannot be used: the file \/no\/ca\.pem, which its address names, cannot be read \(ENOENT\)\.$/,
      ) as unknown,
    });
  });
});
