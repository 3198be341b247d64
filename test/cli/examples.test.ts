import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = temporaryFolder();
const node = (args: readonly string[], input = ''): string =>
  execFileSync(process.execPath, args, { cwd: root, input, encoding: 'utf8', stdio: 'pipe' });

describe('docs/examples/patterns-on-a-glass.mjs', () => {
  it('encodes a picture, which the device recalls and the example decodes', () => {
    const example = 'docs/examples/patterns-on-a-glass.mjs';
    const program = join(folder, 'program.json');
    writeFileSync(program, node([example, 'encode']));
    const result = node(['dist/src/main.js', 'run', program, '--device', 'cavity-qed', '--json']);
    const { thermodynamics } = JSON.parse(result) as { thermodynamics: { heat: { mean: number } } };
    // the encoded cue is no attractor: the glass has to do something
    expect(thermodynamics.heat.mean).toBeGreaterThan(0);
    expect(node([example, 'decode'], result)).toBe(
      'T, overlap 1 with its attractor\n####\n.##.\n.##.\n.##.\n',
    );
  });
});
