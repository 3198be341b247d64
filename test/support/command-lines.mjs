/**
 * Runs several command lines, one after another, in one process: each loads main.js anew, with its own arguments,
 * streams and exit code, and only what main.js imports is shared. Half a second a process is too much for a table.
 *
 * usage: node command-lines.mjs MAIN < '[["devices","--json"], …]'; answers [{ exit, out, err, before, after }, …]
 * where before and after are the names in the working folder
 */
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const main = pathToFileURL(process.argv[2]).href;
const calls = JSON.parse(readFileSync(0, 'utf8'));
const write = { stdout: process.stdout.write, stderr: process.stderr.write };
process.stdout.setMaxListeners(0);

const names = () => readdirSync('.').sort();
const answers = [];
for (const [k, call] of calls.entries()) {
  const answer = { exit: 0, out: '', err: '', before: names(), after: [] };
  process.stdout.write = (text) => ((answer.out += text), true);
  process.stderr.write = (text) => ((answer.err += text), true);
  process.argv = [process.execPath, process.argv[1], ...call];
  process.exitCode = undefined;
  await import(`${main}?call=${k}`);
  answers.push({ ...answer, exit: process.exitCode ?? 0, after: names() });
}
Object.assign(process.stdout, { write: write.stdout });
Object.assign(process.stderr, { write: write.stderr });
process.exitCode = 0;
process.stdout.write(JSON.stringify(answers));
