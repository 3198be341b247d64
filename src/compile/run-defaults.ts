import { defaultRule, type Channel, type Descriptor, type Rule } from '../device/index.js';

/** Durations that bring a cue to rest, in each device's unit of time (docs/formats/program.md). */
const DURATION: Readonly<Record<Rule, number>> = {
  // Sweeps. A cue inside its basin comes to rest in about five, near its edge in about twenty (physics page §5.7).
  glauber: 20,
  metropolis: 20,
  'zero-temperature': 20,
  // N flips: a cue with a wrong half needs half of that, and the cavity stops where no flip gains anything.
  'steepest-descent': 2,
  // t₀ of the circuit. Lifted cues grow at a rate (λ − 2q)/t₀ of about ten; an underdamped one rings for longer.
  langevin: 5,
  underdamped: 20,
  // Membrane times.
  spiking: 40,
};

/** How long a retrieval runs on a device, in its unit of time, never longer than the device can. */
export function defaultDuration(descriptor: Descriptor, rule: Rule | null): number {
  const first = defaultRule(descriptor);
  const duration = first === 'steepest-descent' ? DURATION[first] : DURATION[rule ?? first];
  return Math.min(duration, descriptor.duration.max);
}

/** Readouts of a shot, the start among them. */
export const DEFAULT_READOUTS = 51;
/** Sites up to which a retrieval reads states out on its way, for a live picture, and bytes that this may take. */
const SHOWN_SITES = 16_384;
const SHOWN_BYTES = 32e6;

/** Channels of a retrieval: all that the device has; the states where they are not too many. */
export function retrievalChannels(
  descriptor: Descriptor,
  sites: number,
  shots: number,
  readouts: number,
  bytesPerSite: number,
): Channel[] {
  const known = descriptor.readout.channels.map((channel) => channel.name);
  const wanted: Channel[] = ['energy', 'overlaps', 'work', 'heat'];
  const bytes = sites * shots * readouts * bytesPerSite;
  if (sites <= SHOWN_SITES && bytes <= SHOWN_BYTES) wanted.push('state');
  return wanted.filter((channel) => known.includes(channel));
}
