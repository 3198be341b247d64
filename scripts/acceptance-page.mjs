/**
 * Writes docs/acceptance.md from vitest's JSON report of a full acceptance run:
 * `node scripts/acceptance-page.mjs REPORT.json [PAGE.md [ROWS.json]] [--also OTHER.json]…`, others being reports of runs on
 * other engines, which get a line. A report says its engine in a member `engine`. `npm run acceptance` does both. The exit code
 * is 1 where anything failed; the page is written all the same.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { acceptanceLines, compareIds } from './acceptance-lines.mjs';
import { expectation, measured, standardError } from './round-measured.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { also: { type: 'string', multiple: true, default: [] } },
});
const [
  reportPath,
  pagePath = resolve(ROOT, 'docs/acceptance.md'),
  rowsPath = resolve(ROOT, 'test/acceptance/rows.json'),
] = positionals;
const report = JSON.parse(readFileSync(reportPath, 'utf8'));
const { lines, broken } = acceptanceLines(report, ROOT);
const { pages } = JSON.parse(readFileSync(rowsPath, 'utf8'));

const known = new Map(pages.flatMap((page) => page.rows.map((row) => [row.id, row])));
const byRow = new Map();
for (const line of lines) {
  const id = known.has(line.id) ? line.id : null;
  byRow.set(id, [...(byRow.get(id) ?? []), line]);
}
const isHazard = (row) => row.id.includes('-HZ');

/** In a cell, | would end it, and * and < could begin a mark. */
const cell = (text) => text.replace(/[|*]|<(?=[a-z/!])/gi, '\\$&').replace(/\s+/g, ' ');
const disputed = (line) => !line.holds && line.disputed !== undefined;
const verdict = (line) => (line.holds ? 'holds' : disputed(line) ? '**disputed**' : '**fails**');
const testLink = (line) => {
  const target = relative(dirname(resolve(pagePath)), resolve(ROOT, line.file));
  return `[${line.file.split('/').at(-1).replace('.test.ts', '')}](${target})`;
};
const columns = (line) =>
  line.recorded
    ? [cell(expectation(line)), cell(measured(line)), standardError(line), line.class]
    : ['', line.see === undefined ? '*no quantity recorded*' : `*see ${line.see}*`, '', ''];
const tableOf = (head, rows) =>
  [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
const row = (cells) => `| ${cells.join(' | ')} |`;

function pageSection({ title, rows }) {
  const covered = rows.filter(({ id }) => byRow.has(id)).sort((a, b) => compareIds(a.id, b.id));
  const head = ['id', 'quantity', 'expected', 'got', 's.e.', 'class', 'verdict', 'test'];
  const body = covered.flatMap(({ id }) =>
    byRow
      .get(id)
      .map((line) =>
        row([id, cell(line.quantity), ...columns(line), verdict(line), testLink(line)]),
      ),
  );
  const rest = rows.filter(({ id }) => !byRow.has(id));
  const without = rest.map(({ id, quantity, withoutTest }) =>
    row([
      id,
      cell(quantity),
      withoutTest === undefined ? '**no reason given**' : cell(withoutTest),
    ]),
  );
  return [
    `## ${title}`,
    ...(body.length === 0 ? [] : [tableOf(head, body)]),
    ...(without.length === 0
      ? []
      : ['### Rows without a test', tableOf(['id', 'quantity', 'why'], without)]),
  ].join('\n\n');
}

/** Checks that belong to no row: the sentence of each once, then its quantities. */
function besideSection() {
  const beside = byRow.get(null) ?? [];
  if (beside.length === 0) return [];
  const head = ['check', 'quantity', 'expected', 'got', 's.e.', 'class', 'verdict', 'test'];
  const body = beside.map((line, k) => {
    const again = k > 0 && beside[k - 1].title === line.title && beside[k - 1].file === line.file;
    const quantity = line.recorded ? cell(line.quantity) : '';
    const id = line.id === null ? '' : `${line.id} `;
    const sentence = again ? '' : cell(id + line.title);
    return row([sentence, quantity, ...columns(line), verdict(line), testLink(line)]);
  });
  return [`## Checks beside the rows\n\n${tableOf(head, body)}`];
}

const failuresOf = (theLines, theBroken) => [
  ...new Set(
    theLines
      .filter((line) => !line.holds && !disputed(line))
      .map((line) => line.id ?? `“${line.title}” (${line.file})`),
  ),
  ...theBroken.map((file) => `${file} outside of its tests`),
];
const doubted = lines.filter(disputed);
const recorded = lines.filter((line) => line.recorded).length;
const coverage = (rows) => `${rows.filter(({ id }) => byRow.has(id)).length} of ${rows.length}`;
const all = [...known.values()];
const numberless = all.filter(
  ({ id }) =>
    byRow.has(id) && byRow.get(id).every((line) => !line.recorded && line.see === undefined),
);
const failures = failuresOf(lines, broken);
const others = doubted.length === 0 ? 'All hold.' : `All but ${doubted.length} disputed ones hold.`;
const outcome = failures.length === 0 ? others : `**Failing: ${failures.join('; ')}.**`;
const disputes =
  doubted.length === 0
    ? ''
    : `\n## Disputed numbers\n\nExpected values that were found wrong in two independent ways; what is asserted in their place is among the row's other\nquantities.\n\n${doubted
        .map((line) => `- ${line.id}, ${line.quantity}: ${line.disputed}`)
        .join('\n')}\n`;
const summary = [
  '| | rows with a test |',
  '|---|---|',
  ...pages.map(({ title, rows }) =>
    row([
      title,
      [
        coverage(rows.filter((one) => !isHazard(one))),
        ...(rows.some(isHazard) ? [`hazards: ${coverage(rows.filter(isHazard))}`] : []),
      ].join('; '),
    ]),
  ),
].join('\n');
const seen =
  numberless.length === 0
    ? ''
    : ` Without a recorded quantity: ${numberless.map(({ id }) => id).join(', ')}.`;

/** A sentence on each run on another engine. */
const elsewhere = options.also
  .map((path) => JSON.parse(readFileSync(path, 'utf8')))
  .filter(({ engine }) => engine !== report.engine)
  .map((other) => {
    const found = acceptanceLines(other, ROOT);
    const failing = failuresOf(found.lines, found.broken);
    const count = found.lines.filter((line) => line.recorded).length;
    return ` On \`${other.engine}\`: ${count} quantities, ${failing.length === 0 ? 'all as here.' : `**failing: ${failing.join('; ')}.**`}`;
  })
  .join('');
const where = report.engine === undefined ? '' : ` on the engine \`${report.engine}\``;

const page = `# Acceptance

What the emulators, the ledger and the theory are held to, as measured in the last full run (\`npm run acceptance\`, which
writes this page)${where}: ${recorded} quantities. ${outcome}${seen}${elsewhere}

${summary}

\`npm test\` runs the same tests on reduced samples with tolerances of at least four standard errors of those. A quantity holds
where it is within the tolerance or the bound; "s.e." is the standard error of what was got, empty where nothing was drawn
at random. The class is that of the expected value: *exact* from a closed form, an enumeration or an identity, *reference* from
a reference simulation, *published* where a paper prints it, *recalled* where it is remembered of one, *choice* where this
project set it. Ids are those of the project's physics specifications: MT for memories and thermodynamics, CQ for cavity QED, TC
for circuits; HZ are numerical hazards. R1 to R3 are small reference instances that the master equation solves.

${[...pages.map(pageSection), ...besideSection()].join('\n\n')}
${disputes}`;
writeFileSync(pagePath, page);
console.log(`${relative(process.cwd(), pagePath)}: ${recorded} quantities. ${outcome}`);
for (const { id, withoutTest } of all) {
  if (withoutTest !== undefined && byRow.has(id)) {
    console.log(`${id} has a test now: take its "withoutTest" out of rows.json`);
  }
}
process.exitCode = failures.length === 0 ? 0 : 1;
