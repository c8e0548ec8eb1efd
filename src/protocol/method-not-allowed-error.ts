import { SkeinError } from '../shared/error.ts';

/** A path does not offer a method. */
export class MethodNotAllowedError extends SkeinError {
  override readonly name = 'MethodNotAllowedError';
  /** The methods that it offers, as the header `Allow` lists them. */
  readonly allow: string;

  constructor(method: string, allow: string) {
    super('method_not_allowed', `This path does not support ${method}. Use one of: ${allow}.`);
    this.allow = allow;
  }
}
