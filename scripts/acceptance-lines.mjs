/** The lines of docs/acceptance.md out of vitest's JSON report of the acceptance tests. */
import { relative } from 'node:path';

const ID = /\b(?:MT|CQ|TC)-(?:HZ|[A-F])?\d+[a-z]?\b/g;

/** Ids that a test is about: those of its title, else those of its describes. */
function idsOf(test) {
  const found = test.title.match(ID) ?? test.ancestorTitles.join(' ').match(ID) ?? [];
  return [...new Set(found)];
}

/** The title without the ids that it begins with. */
const sentence = (title) => title.replace(/^(?:(?:MT|CQ|TC)-[A-Z]*\d+[a-z]?[,:]?\s+)+/, '');

/**
 * What a test recorded; its sentence without a number where it recorded nothing, or failed beside its numbers. Lines that
 * name no row are the title's first id's; its other ids point there.
 */
function linesOf(test, file) {
  const [first = null, ...others] = idsOf(test);
  const title = sentence(test.title);
  const passed = test.status === 'passed';
  const held = test.meta?.held ?? [];
  const bare = (id, quantity) => ({ id, title, quantity, file, holds: passed, recorded: false });
  const lines = held.map((line) => ({
    ...line,
    id: line.row ?? first,
    title,
    file,
    recorded: true,
  }));
  for (const id of others) {
    if (!lines.some((line) => line.id === id)) lines.push({ ...bare(id, title), see: first });
  }
  if (held.length === 0) return [bare(first, title), ...lines];
  if (!passed && lines.every((line) => line.holds || !line.recorded)) {
    return [bare(first, `beside its quantities: ${title}`), ...lines];
  }
  return lines;
}

/**
 * @param report vitest's JSON report
 * @param root folder that files are named from
 * @returns the lines in the order of files and tests, and the files that failed though none of their tests did
 */
export function acceptanceLines(report, root) {
  const files = [...report.testResults].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = [];
  const broken = [];
  for (const result of files) {
    const file = relative(root, result.name);
    const ran = result.assertionResults.filter((test) =>
      ['passed', 'failed'].includes(test.status),
    );
    if (result.status === 'failed' && !ran.some((test) => test.status === 'failed')) {
      broken.push(file);
    }
    for (const test of ran) lines.push(...linesOf(test, file));
  }
  const measured = new Set(lines.filter((line) => line.recorded).map((line) => line.id));
  // Who has quantities of its own needs none of another row's.
  const own = (line) => line.see === undefined || !line.holds || !measured.has(line.id);
  return { lines: lines.filter(own), broken };
}

/** Sorts ids as pages do: rows A1, A2, … F3, then hazards. */
export function compareIds(a, b) {
  const key = (id) => {
    const [, set, group, number] = /^(\w+)-(HZ|[A-F])?(\d+)/.exec(id);
    return [set, group === 'HZ' ? 'Z' : (group ?? ''), Number(number)];
  };
  const [x, y] = [key(a), key(b)];
  return x[0].localeCompare(y[0]) || x[1].localeCompare(y[1]) || x[2] - y[2];
}
