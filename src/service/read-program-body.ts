import { RelaxdError } from '../core/index.js';
import { programHash, readProgram, type Program } from '../device/index.js';

/**
 * A program out of a request.
 *
 * @throws RelaxdError as `readProgram`
 */
export function readProgramBody(body: unknown): {
  readonly program: Program;
  readonly hash: string;
} {
  if (body === undefined || body === null) {
    throw new RelaxdError('invalid-input', 'the body: expected a program, got nothing', {
      path: '',
      hint: 'send the program as application/json; docs/formats/program.md',
    });
  }
  const program = readProgram(body);
  return { program, hash: programHash(program) };
}
