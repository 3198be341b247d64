import { systemHash, type Descriptor, type ResolvedProgram } from '../../src/device/index.js';
import { runStatement, type RunStatement } from '../../src/thermo/index.js';
import { boardThermodynamics } from './board-result.js';

/** What a record of a board's run says of its thermodynamics. */
export function boardStatement(program: ResolvedProgram, descriptor: Descriptor): RunStatement {
  const measuresHeat = descriptor.readout.channels.some(({ name }) => name === 'heat');
  return runStatement(
    program,
    descriptor.units,
    systemHash(program),
    boardThermodynamics(program, measuresHeat),
    descriptor.calibrated.includes('temperature')
      ? null
      : 'the board’s descriptor lists no calibration of its temperature: T is what the program asks for',
  );
}
