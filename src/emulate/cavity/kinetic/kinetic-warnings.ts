import type { ResolvedProgram } from '../../../device/index.js';
import { CAVITY_DEFAULTS } from '../cavity-light.js';
import { kernelOf, leapOf } from './kinetic-kernel.js';
import { startsAsParamagnet } from './kinetic-thermodynamics.js';
import { MOST_EXACT_SPIN } from './resolved-motion.js';

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
  if (kernel.kind === 'resolved') {
    const spin = kernel.spin ?? parameters['spinSize'] ?? CAVITY_DEFAULTS.spinSize;
    if (spin > MOST_EXACT_SPIN) {
      warnings.push(
        `kernel resolved: S = ${spin} is above ${MOST_EXACT_SPIN}, so quanta are drawn in leaps of at most ${leapOf(kernel)} of a level's distance to its ladder's end; halve dynamics.kernel.leap to see the error`,
      );
    }
  }
  if (startsAsParamagnet(program)) {
    const spin = parameters['spinSize'] ?? CAVITY_DEFAULTS.spinSize;
    warnings.push(
      `pump: until the largest magnetisation reaches 1 the spins are a paramagnet of energy 0 whose linear modes grow from quantum noise of S = ${spin}; states read before that are the signs of these magnetisations, and all energy set free by ordering is heat at that moment`,
    );
  }
  return warnings;
}
