/** Setting up failed in a way that the message explains; no stack is worth showing. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode] What the whole run exits with. Default 1.
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, exitCode = 1, options) {
    super(message, options);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}
