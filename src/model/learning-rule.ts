import { RelaxdError } from '../core/index.js';
import { MAX_DEGREE } from './polynomial-model.js';

/** A learning rule: how memories become couplings (physics page §2.1, §2.6). */
export type LearningRule =
  | { readonly kind: 'hebb' }
  | { readonly kind: 'storkey' }
  | { readonly kind: 'projection' }
  /** Dreaming for a time t ≥ 0: t = 0 is Hebb, t → ∞ projection. */
  | { readonly kind: 'dream'; readonly time: number }
  | { readonly kind: 'polynomial'; readonly degree: number; readonly rectified: boolean }
  | { readonly kind: 'exponential' }
  | { readonly kind: 'log-sum-exp'; readonly beta: number }
  | { readonly kind: 'sequence'; readonly degree: number };

/** The forms that {@link parseRule} takes. */
export const RULE_FORMS = [
  'hebb',
  'storkey',
  'projection',
  'dream:<t>',
  'polynomial:<n>',
  'rectified:<n>',
  'exponential',
  'log-sum-exp:<beta>',
  'sequence',
  'sequence:<n>',
] as const;

/**
 * Reads a rule as users write it, e.g. `hebb`, `rectified:8`, `dream:10`. Degrees are integers 2 … 200, dream times
 * ≥ 0, log-sum-exp betas > 0.
 * @throws RelaxdError `unknown-rule`, listing the allowed forms
 */
export function parseRule(text: string): LearningRule {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const argument = colon < 0 ? null : text.slice(colon + 1);
  switch (name) {
    case 'hebb':
    case 'storkey':
    case 'projection':
    case 'exponential':
      if (argument !== null) throw unknownRule(text, `${name} takes no number`);
      return { kind: name };
    case 'dream':
      return { kind: 'dream', time: numberOf(text, argument, (t) => t >= 0, 'a time t ≥ 0') };
    case 'log-sum-exp':
      return { kind: 'log-sum-exp', beta: numberOf(text, argument, (b) => b > 0, 'a beta > 0') };
    case 'polynomial':
    case 'rectified':
      return {
        kind: 'polynomial',
        degree: degreeOf(text, argument),
        rectified: name === 'rectified',
      };
    case 'sequence':
      return { kind: 'sequence', degree: argument === null ? 2 : degreeOf(text, argument) };
    default:
      throw unknownRule(text, `there is no rule ${JSON.stringify(name)}`);
  }
}

/** The rule as {@link parseRule} reads it back. */
export function formatRule(rule: LearningRule): string {
  switch (rule.kind) {
    case 'hebb':
    case 'storkey':
    case 'projection':
    case 'exponential':
      return rule.kind;
    case 'dream':
      return `dream:${rule.time}`;
    case 'log-sum-exp':
      return `log-sum-exp:${rule.beta}`;
    case 'polynomial':
      return `${rule.rectified ? 'rectified' : 'polynomial'}:${rule.degree}`;
    case 'sequence':
      return rule.degree === 2 ? 'sequence' : `sequence:${rule.degree}`;
  }
}

function degreeOf(text: string, argument: string | null): number {
  const allowed = (n: number): boolean => Number.isInteger(n) && n >= 2 && n <= MAX_DEGREE;
  return numberOf(text, argument, allowed, `an integer degree 2 … ${MAX_DEGREE}`);
}

function numberOf(
  text: string,
  argument: string | null,
  allowed: (value: number) => boolean,
  what: string,
): number {
  const plain = argument !== null && /^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(argument);
  const value = plain ? Number(argument) : NaN;
  if (!Number.isFinite(value) || !allowed(value)) throw unknownRule(text, `it needs ${what}`);
  return value;
}

function unknownRule(text: string, why: string): RelaxdError {
  return new RelaxdError(
    'unknown-rule',
    `${JSON.stringify(text)} is not a learning rule: ${why}; rules are ${RULE_FORMS.join(', ')}`,
    { path: 'rule', value: text, limit: RULE_FORMS, hint: 'write one of the forms listed' },
  );
}
