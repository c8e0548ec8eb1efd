import type { KeysApi } from '../../api/key.ts';
import { SkeinError } from '../../shared/error.ts';
import type { RequestSource } from '../request/request-source.ts';
import { signOfProxy } from './proxied.ts';

/**
 * Throws unless the request has an operator key and comes from this machine, where operator keys
 * are made. So a secret that has left it, in a backup say, is good for nothing elsewhere.
 */
export async function assertOperator(keys: KeysApi, source: RequestSource): Promise<void> {
  const header = source.headers.get('authorization');
  const secret = /^bearer +(ok_[^\s]+)$/i.exec(header ?? '')?.[1];
  if (header !== null && secret === undefined) throw refusal('forbidden');
  const key = secret === undefined ? undefined : await keys.operators.verify(secret);
  if (key === undefined) throw refusal('unauthenticated');
  if (!source.isFromElsewhere && signOfProxy(source) === undefined) return;
  throw new SkeinError('forbidden', 'An operator key is only good on the machine of its server.');
}

function refusal(code: 'forbidden' | 'unauthenticated'): SkeinError {
  return new SkeinError(
    code,
    'Only an operator key may do this. `skein keys` uses the one that `skein serve` keeps beside the store.',
  );
}
