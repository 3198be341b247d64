import { isingCriticalTemperature, isingEnergy, isingMagnetisation } from '../../onsager.js';
import { number, quantity, theory } from '../theory.js';

export const onsager = theory({
  name: 'onsager',
  says: 'the Ising model on the square lattice, J = 1, N → ∞',
  source: 'Onsager 1944, Yang 1952',
  parameters: { temperature: number('T', 'J', 2, { above: 0, most: 1e6 }) },
  quantities: {
    criticalTemperature: quantity('T_c = 2/ln(1 + √2)', 'J'),
    magnetisation: quantity('spontaneous magnetisation'),
    energy: quantity('energy per site', 'J'),
  },
  evaluate: ({ temperature }) => ({
    values: {
      criticalTemperature: isingCriticalTemperature(),
      magnetisation: isingMagnetisation(temperature),
      energy: isingEnergy(temperature),
    },
  }),
});
