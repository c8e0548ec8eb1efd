/** A server key: it acts for any user of its project. The secret itself is nowhere stored. */
export interface ApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface IssuedKey extends ApiKey {
  /** `sk_` and 43 characters of base64url, shown this once. */
  readonly secret: string;
}

export interface IssuedToken {
  /** `ut_` and 43 characters of base64url. */
  readonly token: string;
  readonly expiresAt: string;
}
