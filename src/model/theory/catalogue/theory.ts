import { RelaxdError } from '../../../core/index.js';

/** What a quantity of a theory is worth; the words of the acceptance tables. */
export type TheoryClass = 'exact' | 'reference' | 'recalled';

/** A field over time: [t, h], piecewise linear, two points at one t a jump. */
export type FieldProfile = readonly (readonly [number, number])[];

interface Described {
  readonly about: string;
  /** Empty for a pure number. */
  readonly unit: string;
}
export interface NumberParameter extends Described {
  readonly kind: 'number' | 'integer';
  readonly least: number;
  readonly most: number;
  /** Whether the ends themselves are allowed. */
  readonly open: { readonly least: boolean; readonly most: boolean };
  readonly default: number;
}
/** A number that may be left out; what happens then is in `about`. */
export interface OptionalParameter extends Omit<NumberParameter, 'default'> {
  readonly default: null;
}
export interface ChoiceParameter<C extends string = string> extends Described {
  readonly kind: 'choice';
  readonly choices: readonly C[];
  readonly default: C;
}
export interface ProfileParameter extends Described {
  readonly kind: 'profile';
  readonly default: FieldProfile;
}
export type TheoryParameter =
  NumberParameter | OptionalParameter | ChoiceParameter | ProfileParameter;
export type TheoryValue = number | string | FieldProfile | null;

export interface TheoryQuantity {
  readonly about: string;
  readonly unit: string;
  readonly class: TheoryClass;
}

/** Columns over one abscissa, the first. */
export interface TheoryCourse {
  readonly columns: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: readonly (number | null)[];
    readonly errors?: readonly number[];
  }[];
}

export interface TheoryAnswer {
  readonly values: Readonly<Record<string, number | null>>;
  /** Standard errors, of those values that are sampled. */
  readonly errors?: Readonly<Record<string, number>>;
  readonly course?: TheoryCourse;
  /** For each null its reason. */
  readonly warnings?: readonly string[];
}

export interface EvaluationOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
}

/** A theory that can be asked by name. */
export interface Theory {
  readonly name: string;
  /** One line. */
  readonly says: string;
  /** Where its formulas come from. */
  readonly source: string;
  readonly parameters: Readonly<Record<string, TheoryParameter>>;
  readonly quantities: Readonly<Record<string, TheoryQuantity>>;
  /** Values of all parameters, in range. */
  evaluate(
    values: Readonly<Record<string, TheoryValue>>,
    options: EvaluationOptions,
  ): TheoryAnswer | Promise<TheoryAnswer>;
}

type ValueOf<P> = P extends NumberParameter
  ? number
  : P extends OptionalParameter
    ? number | null
    : P extends ChoiceParameter<infer C>
      ? C
      : FieldProfile;

interface Entry<P extends Record<string, TheoryParameter>, Q extends string> {
  readonly name: string;
  readonly says: string;
  readonly source: string;
  readonly parameters: P;
  readonly quantities: Readonly<Record<Q, TheoryQuantity>>;
  readonly evaluate: (
    values: { readonly [K in keyof P]: ValueOf<P[K]> },
    options: EvaluationOptions,
  ) =>
    | (TheoryAnswer & { readonly values: Readonly<Record<Q, number | null>> })
    | Promise<TheoryAnswer & { readonly values: Readonly<Record<Q, number | null>> }>;
}

/** An entry of the catalogue, its function typed by its parameters. */
export function theory<P extends Record<string, TheoryParameter>, Q extends string>(
  entry: Entry<P, Q>,
): Theory {
  return {
    ...entry,
    // Values have been read by the same parameters.
    evaluate: (values, options) =>
      entry.evaluate(values as { readonly [K in keyof P]: ValueOf<P[K]> }, options),
  };
}

interface Range {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}
function rangeOf({
  least,
  most,
  above,
  below,
}: Range): Pick<NumberParameter, 'least' | 'most' | 'open'> {
  return {
    least: least ?? above ?? -Infinity,
    most: most ?? below ?? Infinity,
    open: { least: least === undefined, most: most === undefined },
  };
}

export const number = (
  about: string,
  unit: string,
  value: number,
  range: Range,
): NumberParameter => ({ kind: 'number', about, unit, default: value, ...rangeOf(range) });

export const optional = (about: string, unit: string, range: Range): OptionalParameter => ({
  kind: 'number',
  about,
  unit,
  default: null,
  ...rangeOf(range),
});

export const integer = (
  about: string,
  value: number,
  least: number,
  most = Infinity,
): NumberParameter => ({
  kind: 'integer',
  about,
  unit: '',
  default: value,
  ...rangeOf({ least, most }),
});

export const choice = <const C extends string>(
  about: string,
  choices: readonly C[],
  value: NoInfer<C>,
): ChoiceParameter<C> => ({ kind: 'choice', about, unit: '', choices, default: value });

export const profile = (about: string, value: FieldProfile): ProfileParameter => ({
  kind: 'profile',
  about,
  unit: 'sweeps:field',
  default: value,
});

export const quantity = (
  about: string,
  unit = '',
  rating: TheoryClass = 'exact',
): TheoryQuantity => ({ about, unit, class: rating });

/** `cueAccuracy` as it stands on a command line: `cue-accuracy`. */
export const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What a parameter may be, in words: `> 0`, `0 … 1`, `sign, ternary`. */
export function rangeText(parameter: TheoryParameter): string {
  if (parameter.kind === 'choice') return parameter.choices.join(', ');
  if (parameter.kind === 'profile')
    return 'points t:h with commas between, times not decreasing; or none';
  const { least, most, open, kind } = parameter;
  const what = kind === 'integer' ? 'an integer ' : '';
  if (most === Infinity) {
    return least === -Infinity ? 'any number' : `${what}${open.least ? '>' : '≥'} ${least}`;
  }
  const lower = open.least ? `above ${least}` : `${least}`;
  const upper = open.most ? `below ${most}` : `${most}`;
  return open.least || open.most
    ? `${what}${lower}, ${open.most ? '' : 'up to '}${upper}`
    : `${what}${least} … ${most}`;
}

function refuse(name: string, value: unknown, parameter: TheoryParameter): RelaxdError {
  const limit = rangeText(parameter);
  return new RelaxdError('invalid-input', `${name} is ${String(value)}, allowed is ${limit}`, {
    path: name,
    value,
    limit: parameter.kind === 'choice' ? parameter.choices : limit,
  });
}

/** One value of a parameter from text. @throws RelaxdError `invalid-input` */
export function readValue(name: string, parameter: TheoryParameter, text: string): TheoryValue {
  if (parameter.kind === 'choice') {
    if (!parameter.choices.includes(text)) throw refuse(name, text, parameter);
    return text;
  }
  if (parameter.kind === 'profile') return readProfile(name, parameter, text);
  const value = text.trim() === '' ? NaN : Number(text);
  const { least, most, open, kind } = parameter;
  const inside =
    Number.isFinite(value) &&
    (open.least ? value > least : value >= least) &&
    (open.most ? value < most : value <= most) &&
    (kind !== 'integer' || Number.isSafeInteger(value));
  if (!inside) throw refuse(name, text, parameter);
  return value;
}

function readProfile(name: string, parameter: TheoryParameter, text: string): FieldProfile {
  if (text.trim() === '' || text === 'none') return [];
  let before = 0;
  return text.split(',').map((point) => {
    const [t, h, ...more] = point
      .split(':')
      .map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (!Number.isFinite(t) || !Number.isFinite(h) || more.length > 0 || t! < before) {
      throw refuse(name, text, parameter);
    }
    before = t!;
    return [t!, h!] as const;
  });
}
