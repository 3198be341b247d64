/**
 * Writes docs/reproductions.md and its figures from what `relaxd reproduce --out DIR` left in a folder:
 * `node scripts/reproductions-page.mjs DIR [NAME…]`. With names, only those sections are made anew.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPRODUCTIONS } from '../dist/src/reproduce/index.js';

const [folder, ...names] = process.argv.slice(2);
const page = 'docs/reproductions.md';
/** The sections that are there, by their command. */
const kept = new Map(
  readFileSync(page, 'utf8')
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => [/`relaxd reproduce ([^`]*)`/.exec(text)[1], `${text.trimEnd()}\n`]),
);
const figures = 'docs/images/reproductions';
mkdirSync(figures, { recursive: true });

/** A value to where its standard error has its second digit. */
const rounded = (value, error) => {
  if (value === null) return '–';
  if (error === null || !(error > 0)) return String(Number(value.toPrecision(6)));
  return value.toFixed(Math.max(0, Math.min(10, 1 - Math.floor(Math.log10(error)))));
};
const short = (value) => (value === null ? '' : ` ± ${Number(value.toPrecision(2))}`);
const cell = (text) => text.replaceAll('|', '\\|');

const sections = REPRODUCTIONS.flatMap(({ name }) => {
  if (names.length > 0 && !names.includes(name)) return kept.get(name) ?? [];
  const item = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  copyFileSync(join(folder, `${name}.svg`), join(figures, `${name}.svg`));
  const sources = [...new Set(item.quantities.map((q) => q.source))];
  const rows = item.quantities.map(
    (q) =>
      `| ${cell(q.name)} | ${rounded(q.value, q.standardError)}${short(q.standardError)} | ${rounded(q.expected, q.standardError)}${short(q.tolerance)} | ${q.class} | ${q.holds === null ? '–' : q.holds ? 'holds' : '**does not hold**'} |`,
  );
  return `## ${item.title}

\`relaxd reproduce ${name}\`: ${item.about}

![${item.title}](images/reproductions/${name}.svg)

| quantity | measured | expected | class | |
|---|---|---|---|---|
${rows.join('\n')}

${sources.map((source) => `- ${cell(source)}`).join('\n')}
`;
});
writeFileSync(
  page,
  `# Reproductions

\`relaxd reproduce\` measures known experiments on the emulators, draws each, and sets every number beside what is known of it.
These are full runs (seed 20250). *published*: printed in a paper or abstract, quoted with its source; *exact*: a closed
form or an identity; *reference*: an independent simulation of the same model; where a published sentence leaves its definition
open, the definition used here is inferred, and says so. Measured values are with their standard errors, expected ones with
their tolerance. All data are an emulator's.

${sections.join('\n')}`,
);
console.log(`docs/reproductions.md: ${sections.length} reproductions`);
