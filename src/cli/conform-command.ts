import { resolve } from 'node:path';
import { RelaxdError } from '../core/index.js';
import {
  conform,
  CONFORMANCE_GROUPS,
  junitReport,
  type ConformanceGroup,
  type ConformanceReport,
  type GroupReport,
} from '../device/conformance/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { writeOut } from './text-files.js';

export interface ConformOptions {
  readonly device?: string;
  readonly driver?: string;
  readonly config?: string;
  readonly groups?: string;
  readonly junit?: string;
}

/** `relaxd conform`: exit code 1 where anything failed. */
export async function conformCommand(
  composition: Composition,
  output: Output,
  options: ConformOptions,
): Promise<void> {
  const groups = options.groups === undefined ? CONFORMANCE_GROUPS : readGroups(options.groups);
  const interrupt = new Interrupt();
  const bench = await composition.openBench({
    device: options.device ?? null,
    driverFolder: options.driver === undefined ? null : resolve(options.driver),
    configFile: options.config ?? null,
  });
  try {
    const report = await conform({
      open: () => bench.open(),
      faults: bench.faults,
      groups,
      signal: interrupt.signal,
      onGroup: (group) => {
        if (!output.json) showGroup(output, group);
      },
    });
    if (options.junit !== undefined) await writeOut(options.junit, junitReport(report));
    if (output.json) output.printJson(published(report));
    else {
      const left = report.groups.reduce((sum, group) => sum + group.skipped.length, 0);
      output.print(
        `${report.device}: ${report.passed} passed, ${report.failed} failed${left === 0 ? '' : `, ${left} left out for the reasons above`}`,
      );
    }
    if (report.failed > 0) output.exitCode = 1;
  } finally {
    interrupt[Symbol.dispose]();
  }
}

/** The members that scripts rely on come first (docs/cli.md). */
function published(report: ConformanceReport): object {
  return {
    device: report.device,
    driver: report.driver,
    groups: report.groups.map(({ name, passed, failed, skipped, failures }) => ({
      name,
      passed,
      failed,
      skipped,
      failures,
    })),
    passed: report.passed,
    failed: report.failed,
  };
}

function showGroup(output: Output, { name, passed, failed, skipped, failures }: GroupReport): void {
  const { green, red } = output.colors;
  output.print(
    `${failed === 0 ? green('✓') : red('✗')} ${name}: ${passed} passed${failed === 0 ? '' : `, ${failed} failed`}`,
  );
  for (const { check, message } of failures)
    output.print(`    ${red('✗')} ${check}\n        ${message}`);
  for (const { check, reason } of skipped) output.print(`    – ${check}: left out, ${reason}`);
}

function readGroups(text: string): ConformanceGroup[] {
  return text.split(',').map((name) => {
    const known = CONFORMANCE_GROUPS.find((group) => group === name.trim());
    if (known !== undefined) return known;
    throw new RelaxdError('wrong-call', `there is no group of checks '${name.trim()}'`, {
      path: '--groups',
      value: name.trim(),
      limit: CONFORMANCE_GROUPS,
    });
  });
}
