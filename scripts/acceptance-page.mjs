/**
 * Writes docs/acceptance.md from vitest's JSON report of a full acceptance run:
 * `node scripts/acceptance-page.mjs REPORT.json`. `npm run acceptance` does both.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ID = /\b(MT|CQ|TC)-(HZ|[A-F])?(\d+)([a-z]?)\b/;
const SETS = {
  MT: 'Associative memories and their thermodynamics',
  CQ: 'Multimode cavity QED',
  TC: 'Thermodynamic circuits',
};
const rows = [];
for (const file of report.testResults) {
  const name = relative(process.cwd(), file.name);
  for (const test of file.assertionResults) {
    const title = [...test.ancestorTitles, test.title].join(' ');
    const match = ID.exec(title);
    if (match === null) continue;
    const sentence = test.title
      .replace(new RegExp(`^\\s*${match[0]}[:,]?\\s*`), '')
      .replaceAll('|', '\\|');
    rows.push({
      set: match[1],
      group: match[2] ?? '',
      number: Number(match[3]),
      id: match[0],
      sentence,
      name,
      holds: test.status === 'passed',
    });
  }
}
const order = (row) => [row.group === 'HZ' ? 'Z' : row.group, row.number, row.sentence];
rows.sort((a, b) => {
  const [x, y] = [order(a), order(b)];
  return x[0].localeCompare(y[0]) || x[1] - y[1] || x[2].localeCompare(y[2]);
});
const table = (set) =>
  rows
    .filter((row) => row.set === set)
    .map(
      (row) =>
        `| ${row.id} | ${row.sentence} | ${row.holds ? 'holds' : '**fails**'} | [${row.name.split('/').at(-1)}](../${row.name}) |`,
    )
    .join('\n');
const failed = rows.filter((row) => !row.holds).length;
writeFileSync(
  'docs/acceptance.md',
  `# Acceptance

What the emulators, the ledger and the theory are held to, as of the last full run (\`npm run acceptance\`, which writes this
page): ${rows.length} checks of ${new Set(rows.map((row) => row.id)).size} rows, ${failed === 0 ? 'all hold' : `${failed} fail`}. \`npm test\` runs the same tests on reduced samples
with tolerances of at least four standard errors of those. Expected values are closed forms, exact enumerations or, where
neither exists, reference simulations; each test states which, its size and its tolerance. Ids starting with HZ are numerical
hazards. Ids are those of the project's physics specifications: MT for memories and thermodynamics, CQ for cavity QED, TC for
circuits; "the page" and "the table" in a check's sentence mean these. R1 to R3 are small reference instances that the master
equation solves. A value is called published only where a paper prints it.

${Object.entries(SETS)
  .map(
    ([set, title]) =>
      `## ${title}\n\n| id | check | verdict | test |\n|---|---|---|---|\n${table(set)}`,
  )
  .join('\n\n')}
`,
);
console.log(`docs/acceptance.md: ${rows.length} checks, ${failed} fail`);
