/**
 * The board as a child of another process: `node child.js OPTIONS`, the options of {@link runBoardSim} as JSON. Its first line on
 * standard output is `{"address", "serial", "profile", "pid", "control"}`; it ends with standard input.
 */
import { runBoardSim, type BoardSimOptions } from './main.js';

const given = JSON.parse(process.argv[2] ?? '{}') as Partial<BoardSimOptions>;
try {
  const board = await runBoardSim({
    ...given,
    json: true,
    endsWithParent: true,
    print: (line) => void process.stdout.write(`${line}\n`),
  });
  await board.closed;
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
