import type { Store } from '../store/store.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { LiveTails } from './live/live-tails.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** What every request of one handler shares. */
export interface ServerContext {
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly logger: Logger | undefined;
  readonly metrics: Metrics;
  readonly tails: LiveTails;
  readonly basePath: string;
  readonly bodyBytesMax: number;
  /** The OpenAPI document and the documentation page, made when first asked for. */
  readonly documents: ServerDocuments;
}

export interface ServerDocuments {
  openApi(): string;
  page(origin: string): string;
}
