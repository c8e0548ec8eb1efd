/** A token bucket: short bursts are fine, but not more than so many requests in the long run. */
export interface RateLimit {
  /** More than 0, such as 20, or 0.5 for one request every two seconds. */
  readonly perSecond: number;
  /** How many requests may come at once. Default: those of five seconds, at least 1. */
  readonly burst?: number;
}

/** How many requests a server takes. Each process counts for itself. Default: any number. */
export interface RateLimits {
  /** Of one user; of one address, where the caller is anonymous or has a bad credential. */
  readonly perCaller?: RateLimit;
  /** Of all callers of a project. */
  readonly perProject?: RateLimit;
}
