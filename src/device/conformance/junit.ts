import type { ConformanceReport } from './conform.js';

/** The report in the XML that continuous integration reads (JUnit). */
export function junitReport({ device, driver, groups, passed, failed }: ConformanceReport): string {
  const skipped = groups.reduce((sum, group) => sum + group.skipped.length, 0);
  const suites = groups.map((group) => {
    const cases = [
      ...group.checks.map((check) => testCase(group.name, check, null)),
      ...group.failures.map(({ check, message }) =>
        testCase(group.name, check, `<failure message="${escaped(message)}"/>`),
      ),
      ...group.skipped.map(({ check, reason }) =>
        testCase(group.name, check, `<skipped message="${escaped(reason)}"/>`),
      ),
    ];
    const tests = cases.length;
    return [
      `  <testsuite name="${escaped(group.name)}" tests="${tests}" failures="${group.failed}" skipped="${group.skipped.length}" time="${group.seconds.toFixed(3)}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(`conformance of ${device} (${driver})`)}" tests="${passed + failed + skipped}" failures="${failed}" skipped="${skipped}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

const testCase = (group: string, check: string, inside: string | null): string => {
  const head = `    <testcase classname="${escaped(group)}" name="${escaped(check)}"`;
  return inside === null ? `${head}/>` : `${head}>${inside}</testcase>`;
};

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex -- XML 1.0 has no place for them
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ' ')
    .replace(/[&<>"]/g, (character) => NAMED[character]!)
    .replace(/\n/g, '&#10;');
