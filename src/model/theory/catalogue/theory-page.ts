import { dashed, rangeText, type Theory, type TheoryParameter } from './theory.js';

/** docs/theory.md: every theory with its parameters and results, made of the catalogue. */
export function theoryPage(theories: readonly Theory[]): string {
  return `${HEAD}
${theories.map(({ name, says }) => `| [${name}](#${name}) | ${says} |`).join('\n')}

${theories.map(section).join('\n\n')}
`;
}

const HEAD = `# Theories

\`relaxd theory NAME [--PARAMETER VALUE …] [--json]\` asks a theory of associative memories for its numbers: closed forms, solved
equations of state, exact dynamics. Nothing is simulated but in \`dmft\`, whose numbers have standard errors. A number may be a list,
\`--temperature 0.1,0.2,0.3\`: the answer is then a table over all combinations. \`relaxd theory NAME --help\` shows the parameters.

\`\`\`sh
relaxd theory ags --alpha 0.05 --temperature 0.2,0.3,0.5
relaxd theory basin-edge --degree 3,4,5,6 --temperature 0.1,0.2,0.3,0.4
relaxd theory overlap-dynamics --degree 3 --cue-accuracy 0.6 --field 0:1,2:1,2:0
relaxd theory dmft --load 0.05 --temperature 0.3 --initial-overlap 0.5
\`\`\`

Units: k_B = 1; the field on a spin that is aligned with a memory is 1 for every n (F(m) = mⁿ/n; n = 2 is Hopfield’s model with
T_c = 1). Times are in sweeps, N attempts; entropies in nats; work, heat and energy per spin. Heat is positive into the bath, work is
done on the memory, Δe = w − q. Classes: *exact* (closed form or solved equation), *reference* (sampled, with standard errors), *recalled*
(a law of the literature, not re-derived here).

\`--json\`: one document \`{"theory","says","source","parameters","quantities","points"}\`. \`parameters\` and \`quantities\` say \`name\`, \`about\`,
\`unit\`, and a quantity its \`class\`; each of \`points\` has \`parameters\`, \`values\` (by name; null with its reason in \`warnings\`), \`errors\`
where values are sampled, \`warnings\`, and \`course\` where there is one: \`{"columns":[{"name","unit","values","errors"?}]}\`, the first column
being the time.

This page is made by \`node scripts/theory-page.mjs\`.

| theory | what it says |
|---|---|`;

function section({ name, says, source, parameters, quantities }: Theory): string {
  const rows = Object.entries(parameters).map(
    ([parameter, spec]) =>
      `| \`--${dashed(parameter)}\` | ${spec.about} | ${spec.unit} | ${escaped(rangeText(spec))} | ${shownDefault(spec)} |`,
  );
  const results = Object.entries(quantities).map(
    ([quantity, { about, unit, class: rating }]) =>
      `| \`${quantity}\` | ${escaped(about)} | ${unit} | ${rating} |`,
  );
  const table =
    rows.length === 0
      ? 'It has no parameters.'
      : `| parameter | | unit | allowed | default |\n|---|---|---|---|---|\n${rows.map(String).join('\n')}`;
  return `## ${name}

${capitalised(says)}. Source: ${escaped(source)}.

${table}

| result | | unit | class |
|---|---|---|---|
${results.join('\n')}`;
}

/** The value where none is given, as it would be written. */
export function shownDefault(parameter: TheoryParameter): string {
  if (parameter.default === null) return '–';
  if (parameter.kind !== 'profile') return String(parameter.default);
  if (parameter.default.length === 0) return 'none';
  return parameter.default.map(([t, h]) => `${t}:${h}`).join(',');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
