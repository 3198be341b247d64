import type { Violation } from '../core/index.js';
import type { Output } from './output.js';

export interface StoreReport {
  readonly kind: 'embedded' | 'postgres';
  /** `in-use`: a service has it open, and knows. */
  readonly state: 'new' | 'current' | 'older' | 'newer' | 'in-use' | 'unreadable';
  /** Its schema; null: it has none yet, or it cannot be told. */
  readonly schema: number | null;
  /** The newest schema that this relaxd knows. */
  readonly known: number;
}

/** What `relaxd config check` finds. */
export interface ConfigurationReport {
  readonly ok: boolean;
  readonly violations: readonly (Violation & { readonly hint?: string })[];
  readonly warnings: readonly string[];
  readonly settings: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly source: string;
    readonly from: string | null;
  }[];
  readonly store: StoreReport;
  readonly devices: readonly {
    readonly name: string;
    readonly driver: string;
    readonly ok: boolean;
  }[];
}

/** `relaxd config check`: exit code 1 where `relaxd serve` would not start, or not with all its devices. */
export function showConfiguration(output: Output, report: ConfigurationReport): void {
  if (!report.ok) output.exitCode = 1;
  if (output.json) return output.printJson(report);
  output.table(
    ['setting', 'value', 'from'],
    report.settings.map(({ name, value, source, from }) => [
      name,
      shown(value),
      from === null ? source : `${source}: ${from}`,
    ]),
  );
  output.print('');
  for (const { name, driver, ok } of report.devices) {
    if (!ok) output.print(`${name} (${driver}): cannot be made, see below`);
  }
  output.print(`${report.devices.filter(({ ok }) => ok).length} devices and guards can be made`);
  output.print(storeLine(report.store));
  for (const warning of report.warnings) output.print(`warning: ${warning}`);
  for (const { code, path, message, value, limit, hint } of report.violations) {
    output.print(`${output.colors.red('wrong:')} ${path}: ${message} (${code})`);
    if (value !== undefined) output.print(`  found: ${shown(value)}`);
    if (limit !== undefined) output.print(`  allowed: ${shown(limit)}`);
    if (hint !== undefined) output.print(`  hint: ${hint}`);
  }
  output.print(report.ok ? 'ok: relaxd serve would start' : `${report.violations.length} wrong`);
}

const shown = (value: unknown): string => {
  if (value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

function storeLine({ kind, state, schema, known }: StoreReport): string {
  const what = kind === 'embedded' ? 'embedded store' : 'PostgreSQL';
  switch (state) {
    case 'new':
      return `${what}: none yet; it is made at the first start, with schema ${known}`;
    case 'current':
      return `${what}: schema ${schema}, the newest`;
    case 'older':
      return `${what}: schema ${schema}; the next start brings it to ${known}${
        kind === 'embedded' ? ', after a copy of it has been made' : ': make a backup first'
      }`;
    case 'newer':
      return `${what}: schema ${schema} of a newer relaxd; this one knows ${known}`;
    case 'in-use':
      return `${what}: a service has it open`;
    case 'unreadable':
      return `${what}: cannot be read`;
  }
}
