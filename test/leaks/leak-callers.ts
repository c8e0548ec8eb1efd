/** Who walks over the store of the leak walk, and which of its texts each may read. */
/** What becomes of texts that not everybody may read: their names begin with it. */
export const kinds = ['private', 'hidden', 'edited', 'provider', 'bobs', 'redacted'] as const;

/** Finds such texts in one look at an answer, however many there are in the world. */
export const anyCanary: RegExp = new RegExp(`(?:${kinds.join('|')})-[0-9a-z]+-canary`, 'g');

/** The callers, with the texts that each may read by the beginning of their names. */
const callers: Readonly<Record<Caller, RegExp>> = {
  owner: /^(?:private|hidden|edited|provider)/,
  bob: /^bobs/,
  /** Leads the threads that have people, and reads nothing more of the others. */
  moderator: /^(?:hidden|edited)/,
  muted: /^$/,
  banned: /^$/,
  gone: /^$/,
  eve: /^$/,
  anonymous: /^$/,
  keyAlone: /^$/,
  foreigner: /^$/,
  /** The owner, with a token that has expired. */
  expired: /^$/,
};
/** Some have no id of their own. */
export type Caller = keyof typeof users | 'anonymous' | 'foreigner' | 'expired';

/** LangGraph's thread service takes only callers like these. */
export const users = {
  owner: '5f1f2d0a-9a3c-4a56-9d8e-000000000001',
  bob: '5f1f2d0a-9a3c-4a56-9d8e-000000000002',
  eve: '5f1f2d0a-9a3c-4a56-9d8e-000000000003',
  moderator: '5f1f2d0a-9a3c-4a56-9d8e-000000000004',
  muted: '5f1f2d0a-9a3c-4a56-9d8e-000000000005',
  banned: '5f1f2d0a-9a3c-4a56-9d8e-000000000006',
  gone: '5f1f2d0a-9a3c-4a56-9d8e-000000000007',
  keyAlone: undefined,
} as const;
export const callerNames: readonly Caller[] = Object.keys(callers) as Caller[]; // its keys
/** Who changes what other callers would then read. */
export const leaders: readonly Caller[] = ['owner', 'moderator'];

/** Whether a caller may read a text that not everybody may. */
export function mayRead(
  caller: Caller,
  { hasPeople }: { readonly hasPeople: boolean },
  text: string,
): boolean {
  return (caller !== 'moderator' || hasPeople) && callers[caller].test(text);
}
