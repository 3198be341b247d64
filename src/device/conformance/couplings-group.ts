import { descriptorAt, descriptorHash, type Descriptor } from '../descriptor.js';
import { programHash } from '../program.js';
import { readProgram } from '../read-program.js';
import { lastStatesOf, meanOf, type Bench } from './bench.js';
import { demand, demandEqual, type Checks } from './checks.js';
import {
  denseCouplings,
  fitted,
  pairCoupling,
  probeDocument,
  type ProbeDocument,
} from './probe-program.js';

const PATTERN = [1, -1, -1, 1, 1, -1, 1, -1];
const SHOTS = 64;

/** What was loaded is what acts: hashes, signs, and where each coupling goes. */
export async function couplingsGroup(checks: Checks, bench: Bench): Promise<void> {
  const device = await bench.fresh();
  const descriptor = await device.describe();
  const probe = probeDocument(descriptor);
  await checks.check(
    'the receipt has the hashes of the program and of the descriptor',
    async () => {
      const program = readProgram(probe);
      const receipt = await device.load(program);
      demandEqual(receipt.programHash, programHash(program), 'programHash');
      demandEqual(receipt.descriptorHash, descriptorHash(descriptor), 'descriptorHash');
    },
  );
  const { resolution, range } = descriptor.couplings;
  if (resolution === null) checks.skip('what is rounded is said', 'couplings have no resolution');
  else {
    await checks.check(
      'a coupling between two steps is rounded, and the receipt says so',
      async () => {
        const between = (range !== null && range[1] <= 0 ? -1 : 1) * 1.5 * resolution;
        const program = readProgram({
          ...probe,
          couplings: pairCoupling(probe.sites, 0, 1, between),
        });
        const { warnings } = await (await bench.fresh()).load(program);
        demand(warnings.length > 0, 'the receipt has no warning');
      },
    );
  }
  if (descriptor.features.includes('computes-nothing')) {
    return checks.skip('couplings and fields act', 'the device computes nothing');
  }
  const cold = coldProbe(descriptor);
  if (cold === null) {
    checks.skip('couplings act', 'the device takes neither dense nor single couplings');
    return;
  }
  const { document, strength, field, leastProduct } = cold;
  if (field === 0) checks.skip('fields act', 'the device takes no field other than 0');
  else {
    await checks.check('fields pull each site to their own sign', async () => {
      const fields = PATTERN.slice(0, document.sites).map((sign) => sign * field);
      const signs = await meanSigns(bench, {
        ...document,
        couplings: noCouplings(descriptor, document.sites),
        fields,
      });
      fields.forEach((h, i) =>
        demand(
          signs[i]! * Math.sign(h) > 0.5,
          `site ${i} in a field of ${h} ends at ${signs[i]} on average`,
        ),
      );
    });
  }
  if (strength === 0)
    return checks.skip('couplings act', 'the device takes no coupling other than 0');
  if (document.sites < 2) return checks.skip('couplings act', 'there is one site only');
  if ('spiking' in descriptor.dynamics.rules) {
    return checks.check(
      'a neuron that fires makes another one fire more or less, by the sign of their coupling',
      async () => {
        const fields = Array.from({ length: document.sites }, (_, i) => (i === 0 ? field : 0));
        const rate = async (sign: number): Promise<number> => {
          const couplings = pairCoupling(document.sites, 0, 1, sign * strength);
          return (await meanSigns(bench, { ...document, fields, couplings }))[1]!;
        };
        const [excited, inhibited] = [await rate(1), await rate(-1)];
        demand(
          excited > inhibited,
          `behind a positive coupling it ends at ${excited} on average, behind a negative one at ${inhibited}`,
        );
      },
    );
  }
  const signs =
    range === null
      ? [1, -1]
      : [1, -1].filter((s) => s * strength <= range[1] && s * strength >= range[0]);
  for (const sign of signs) {
    await checks.check(
      `a ${sign > 0 ? 'positive' : 'negative'} coupling makes two sites ${sign > 0 ? 'agree' : 'differ'}, and no others`,
      async () => {
        for (const [i, j] of [
          [0, 1],
          [1, document.sites - 1],
        ] as const) {
          if (i === j) continue;
          const products = await meanProducts(bench, {
            ...document,
            couplings: pairCoupling(document.sites, i, j, sign * strength),
          });
          for (let a = 0; a < document.sites; a++) {
            for (let b = a + 1; b < document.sites; b++) {
              const value = products[a * document.sites + b]!;
              const coupled = a === i && b === j;
              // Independent signs: 6 standard errors of the mean of SHOTS products.
              demand(
                coupled ? value * sign > leastProduct : Math.abs(value) <= 6 / Math.sqrt(SHOTS),
                `sites ${a} and ${b}: mean product ${value}, coupled are ${i} and ${j}`,
              );
            }
          }
        }
      },
    );
  }
}

interface ColdProbe {
  readonly document: ProbeDocument;
  readonly strength: number;
  readonly field: number;
  /** What the mean product of two coupled signs must be more than. */
  readonly leastProduct: number;
}

/**
 * Two Gaussian sites with E = q (x² + y²) − J x y have the correlation J / 2q whatever the temperature is, and 2/π arcsin of it as the mean
 * product of their signs: 0.73 at q = 0.55 J, and twice as much as is asked for. 64 shots have the standard error 0.09.
 */
const SOFTEST = 0.55;
const GAUSSIAN_PRODUCT = Math.asin(1 / (2 * SOFTEST)) / Math.PI;

/** A program in which two coupled sites must come to agree, or null. */
function coldProbe(device: Descriptor): ColdProbe | null {
  const descriptor = descriptorAt(device, device.dynamics.fidelities[0] ?? null);
  const { couplings, fields, dynamics } = descriptor;
  if (!couplings.kinds.includes('dense') && !couplings.kinds.includes('coo')) return null;
  const probe = probeDocument(device, { sites: 4, shots: SHOTS });
  const continuous = descriptor.sites.kinds[0] === 'continuous';
  const [least, most] = dynamics.temperature.range;
  const largest = couplings.range === null ? 4 : Math.max(couplings.range[1], -couplings.range[0]);
  const strength = Math.abs(
    fitted(
      Math.min(4, largest, couplings.perSiteSum ?? Infinity),
      [0, largest],
      couplings.resolution,
    ),
  );
  const field = Math.min(4, fields.range?.[1] ?? 4);
  // Cold beside the coupling; wells are the device's own, which for a circuit are single ones.
  const temperature = Math.min(Math.max(0.1 * strength, least), most);
  const spiking = 'spiking' in dynamics.rules;
  const { wells } = descriptor;
  const isGaussian = continuous && wells !== null && wells.quartic[1] === 0;
  const quadratic =
    wells === null
      ? 0
      : Math.min(Math.max(SOFTEST * strength, wells.quadratic[0]), wells.quadratic[1]);
  return {
    document: {
      ...probe,
      dynamics: {
        ...probe.dynamics,
        temperature: spiking ? dynamics.temperature.default : temperature,
      },
      ...(continuous && descriptor.initial.includes('random')
        ? { initial: { kind: 'random' } }
        : {}),
      ...(isGaussian ? { wells: { quadratic, quartic: 0 } } : {}),
      duration: Math.min(20, descriptor.duration.max),
      readout: { every: Math.min(20, descriptor.duration.max), channels: ['state'] },
    },
    strength,
    field,
    leastProduct: isGaussian ? GAUSSIAN_PRODUCT : 0.5,
  };
}

const noCouplings = (descriptor: Descriptor, sites: number): Record<string, unknown> =>
  descriptor.couplings.kinds.includes('dense')
    ? denseCouplings(sites, () => 0)
    : { kind: 'coo', entries: [] };

async function lastSigns(bench: Bench, document: ProbeDocument): Promise<number[][]> {
  const program = readProgram(document);
  const run = await bench.gather(await bench.current(), program);
  const ends = lastStatesOf(run, program.sites).map((state) => state.map(Math.sign));
  demand(ends.length > 0, 'no shot’s last state was sent');
  return ends;
}

async function meanSigns(bench: Bench, document: ProbeDocument): Promise<number[]> {
  const ends = await lastSigns(bench, document);
  return Array.from({ length: document.sites }, (_, i) => meanOf(ends, (s) => s[i]!));
}

async function meanProducts(bench: Bench, document: ProbeDocument): Promise<number[]> {
  const ends = await lastSigns(bench, document);
  const { sites } = document;
  return Array.from({ length: sites * sites }, (_, k) =>
    meanOf(ends, (s) => s[Math.floor(k / sites)]! * s[k % sites]!),
  );
}
