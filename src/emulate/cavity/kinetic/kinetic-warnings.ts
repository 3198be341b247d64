import type { ResolvedProgram } from '../../../device/index.js';
import { kernelOf } from './kinetic-kernel.js';
import { startsAsParamagnet } from './kinetic-thermodynamics.js';

/** What a user should know of how a kinetic program is run, beside what it asks for. */
export function kineticWarnings(
  program: ResolvedProgram,
  parameters: Readonly<Record<string, number>>,
): string[] {
  const warnings: string[] = [];
  const kernel = kernelOf(program);
  if (kernel.kind === 'cavity') {
    warnings.push(
      'kernel cavity: without dephasing the downhill drift grows as 1/ε at small costs, the opposite of steepest descent; recall suffers',
    );
  }
  if (startsAsParamagnet(program)) {
    const spin = parameters['spinSize'];
    warnings.push(
      `pump: until the largest magnetisation reaches 1 the spins are a paramagnet of energy 0 whose linear modes grow from quantum noise${spin === undefined ? '' : ` of S = ${spin}`}; states read before that are the signs of these magnetisations, and all energy set free by ordering is heat at that moment`,
    );
  }
  return warnings;
}
