import { checkDocument, throwViolations, Type } from '../core/index.js';

const NONE = Type.Object({}, { additionalProperties: false });

/**
 * For drivers without options: what a configuration gives one all the same would be silently lost.
 *
 * @throws RelaxdError `unknown-field` that names it
 */
export function takesNoOptions(id: string, options: Readonly<Record<string, unknown>>): void {
  throwViolations('invalid-input', `options of ${id}`, checkDocument(NONE, options));
}
