import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { RelaxdError } from '../core/index.js';
import { exitCode, Output } from './output.js';

class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  constructor(readonly columns: number | undefined) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
  }
  override _write(text: string, _encoding: string, done: () => void): void {
    this.text += text;
    done();
  }
}
/** @param columns of a terminal; left out: a pipe */
function screen(columns?: number): { output: Output; shown: () => string[]; errors: () => string } {
  const [out, err] = [new Screen(columns), new Screen(columns)];
  const output = new Output(
    out as unknown as NodeJS.WriteStream,
    err as unknown as NodeJS.WriteStream,
    false,
  );
  return { output, shown: () => out.text.trimEnd().split('\n'), errors: () => err.text };
}
const HEAD = ['id', 'state', 'what it is'];
const ROWS = [['glauber', 'standby', 'an ideal device whose name takes more than forty columns']];

it('prints a table in lines of its own length where nothing breaks them, without blanks at their ends', () => {
  const { output, shown } = screen();
  output.table(HEAD, ROWS);
  expect(shown()).toEqual(['id       state    what it is', `glauber  standby  ${ROWS[0]![2]}`]);
});

it('wraps the last column on a terminal that is too narrow, and makes a list where it is narrower still', () => {
  vi.stubEnv('NO_COLOR', '1');
  const narrow = screen(50);
  narrow.output.table(HEAD, ROWS);
  expect(narrow.shown().length).toBeGreaterThan(2);
  expect(Math.max(...narrow.shown().map((line) => line.length))).toBeLessThanOrEqual(50);
  const narrower = screen(30);
  narrower.output.table(HEAD, ROWS);
  expect(narrower.shown()).toEqual([
    'id glauber',
    '  state standby',
    `  what it is ${ROWS[0]![2]}`,
  ]);
  vi.unstubAllEnvs();
});

it('colours what goes to a terminal only, and not where NO_COLOR is set', () => {
  const fail = (columns?: number): string => {
    const { output, errors } = screen(columns);
    output.fail(new RelaxdError('invalid-input', 'no', { limit: [0, 1], hint: 'try 1' }));
    return errors();
  };
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('CI', '');
  expect(fail(80)).toContain('\u001b[31mrelaxd:');
  const plain = 'relaxd: invalid-input: no\n  allowed: [0,1]\n  hint: try 1\n';
  expect(fail()).toBe(plain);
  vi.stubEnv('NO_COLOR', '1');
  expect(fail(80)).toBe(plain);
  vi.unstubAllEnvs();
});

it('tells a failed job from a wrong call by its exit code, whatever the job failed of', () => {
  expect(exitCode(new RelaxdError('diverged', 'a site left the range'))).toBe(2);
  expect(exitCode(new RelaxdError('diverged', 'a site left the range', { job: '01J' }))).toBe(1);
  expect(exitCode(new RelaxdError('port-taken', 'in use'))).toBe(1);
  expect(exitCode(new RelaxdError('service-unreachable', 'nobody answers'))).toBe(1);
  expect(exitCode(new RelaxdError('unknown-device', 'there is none'))).toBe(2);
});
