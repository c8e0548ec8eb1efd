/**
 * The server's log; pino fits as it is. Three levels: `error` needs a developer, `info` is for the
 * operator, `debug` is every request.
 */
export interface Logger {
  error(object: object, message: string): void;
  info(object: object, message: string): void;
  debug(object: object, message: string): void;
  /** Called before a `debug` message is built. A logger without it gets every request. */
  isLevelEnabled?(level: string): boolean;
}
