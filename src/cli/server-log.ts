import type { Logger } from '../server/index.ts';

export interface ServerLog {
  readonly logger: Logger & { warn(object: object, message: string): void };
  /** Writes out buffered lines. */
  close(): Promise<void>;
}

/** Logs JSON lines to stderr without waiting: a slow terminal must not slow down the server. */
export async function createServerLog(level: string): Promise<ServerLog> {
  const { pino } = await import('pino');
  const destination = pino.destination({ dest: 2, sync: false });
  const logger = pino({ level }, destination);
  return {
    logger,
    close: () =>
      new Promise((resolve, reject) => {
        destination.flush((error) => (error ? reject(error) : resolve()));
      }),
  };
}
