/**
 * Where the server writes: pino fits as it is. Three levels: `error` a developer must look, `info`
 * an operator wants to know, `debug` every request.
 */
export interface Logger {
  error(object: object, message: string): void;
  info(object: object, message: string): void;
  debug(object: object, message: string): void;
  /** Asked before anything is made for `debug`. A logger without it gets every request. */
  isLevelEnabled?(level: string): boolean;
}
