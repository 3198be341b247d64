import { RelaxdError } from '../../../core/index.js';
import {
  dashed,
  rangeText,
  readValue,
  type EvaluationOptions,
  type Theory,
  type TheoryAnswer,
  type TheoryValue,
} from './theory.js';

/** One set of parameters and what the theory says there. */
export interface TheoryPoint extends TheoryAnswer {
  readonly parameters: Readonly<Record<string, TheoryValue>>;
  readonly warnings: readonly string[];
}

/** More points than this are no table. */
const MOST_POINTS = 2000;

/**
 * Asks a theory at every combination of the values given; a number may be a list with commas between.
 * @param given text by parameter name, in camel or kebab case
 * @throws RelaxdError `invalid-input` naming what is allowed
 */
export async function evaluateTheory(
  theory: Theory,
  given: Readonly<Record<string, string>>,
  options: EvaluationOptions = { threads: 1 },
): Promise<TheoryPoint[]> {
  const names = Object.keys(theory.parameters);
  const texts = new Map<string, string>();
  for (const [name, text] of Object.entries(given)) {
    const known = names.find((one) => one === name || dashed(one) === name);
    if (known === undefined) throw unknownParameter(theory, name);
    texts.set(known, text);
  }
  let points: Record<string, TheoryValue>[] = [{}];
  for (const name of names) {
    const parameter = theory.parameters[name]!;
    const text = texts.get(name);
    const values: TheoryValue[] =
      text === undefined
        ? [parameter.default]
        : parameter.kind === 'number' || parameter.kind === 'integer'
          ? text.split(',').map((one) => readValue(dashed(name), parameter, one))
          : [readValue(dashed(name), parameter, text)];
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
    if (points.length > MOST_POINTS) {
      throw new RelaxdError('invalid-input', `these lists make ${points.length} points or more`, {
        path: dashed(name),
        value: points.length,
        limit: MOST_POINTS,
        hint: 'shorter lists',
      });
    }
  }
  const answers: TheoryPoint[] = [];
  for (const parameters of points) {
    answers.push({ parameters, ...finite(await theory.evaluate(parameters, options)) });
  }
  return answers;
}

/** Numbers too large for doubles are null, as every number that is not there. */
function finite(answer: TheoryAnswer): TheoryAnswer & { readonly warnings: readonly string[] } {
  const lost = Object.entries(answer.values)
    .filter(([, value]) => value !== null && !Number.isFinite(value))
    .map(([name]) => name);
  const warnings = answer.warnings ?? [];
  if (lost.length === 0) return { ...answer, warnings };
  return {
    ...answer,
    values: { ...answer.values, ...Object.fromEntries(lost.map((name) => [name, null])) },
    warnings: [...warnings, `${lost.join(', ')}: beyond the range of numbers`],
  };
}

function unknownParameter(theory: Theory, name: string): RelaxdError {
  const allowed = Object.entries(theory.parameters).map(
    ([one, parameter]) => `--${dashed(one)} (${rangeText(parameter)})`,
  );
  return new RelaxdError('wrong-call', `theory ${theory.name} has no parameter '${name}'`, {
    path: name,
    limit: allowed.length === 0 ? 'no parameters' : allowed,
    hint: `relaxd theory ${theory.name} --help`,
  });
}
