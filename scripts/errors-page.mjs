/** Writes the table of docs/errors.md from the error table of the last build. */
import { writeFileSync } from 'node:fs';
import { ERROR_TABLE } from '../dist/src/core/error-table.js';

const rows = Object.entries(ERROR_TABLE).map(
  ([code, row]) =>
    `| \`${code}\` | ${row.status} | ${row.retryable ? 'yes' : 'no'} | ${row.meaning} |`,
);
writeFileSync(
  'docs/errors.md',
  `# Errors

Every error of relaxd has a code of this table. Over HTTP it is an \`application/problem+json\` answer with \`code\`,
\`detail\` and, where it applies, \`path\`, \`value\`, \`limit\`, \`hint\` and \`violations\` (all of them at once, each with
its own code, path, value and limit). On the command line the same code stands first on the line that says what
was wrong; the exit code is 2 where the call has to be changed, 1 where the same call may succeed later or a job failed.
"Retry" says whether the same call can succeed later without being changed.

| code | HTTP | retry | meaning |
|---|---|---|---|
${rows.join('\n')}
`,
);
