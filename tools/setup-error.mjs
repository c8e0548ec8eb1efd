/** A failed setup. The message explains it, so no stack is shown. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode] The exit code of the whole run. Default 1.
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, exitCode = 1, options) {
    super(message, options);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}
