import type { Timeline } from '../../src/core/index.js';
import type { BoardLine, LineSource } from './board-line.js';
import { findBoard, systemPorts } from './discovery.js';
import type { BoardOptions } from './options.js';
import { openSerialLine } from './serial-line.js';
import { SimulatorSource } from './simulator.js';
import { openTcpLine } from './tcp-line.js';

/** Where the options say that the board is. */
export function sourceOf(options: BoardOptions, timeline: Timeline): LineSource {
  const { place, rtscts, dtrReset } = options;
  const open = (path: string): Promise<BoardLine> => openSerialLine(path, { rtscts, dtrReset });
  switch (place.kind) {
    case 'path':
      return { where: place.path, open: () => open(place.path), close: nothing };
    case 'tcp': {
      const { host, port } = place;
      return {
        where: `${host}:${port}`,
        open: (_, signal) => openTcpLine(host, port, signal),
        close: nothing,
      };
    }
    case 'anywhere':
      return {
        where: 'any serial port',
        open: async (serial, signal) => {
          // Looked for without a reset: boards that are not the one are none of our business.
          const look = (path: string): Promise<BoardLine> =>
            openSerialLine(path, { rtscts, dtrReset: false });
          return open(await findBoard(serial!, await systemPorts(), look, timeline, signal));
        },
        close: nothing,
      };
    case 'simulator':
      return new SimulatorSource(place.simulator);
  }
}

const nothing = async (): Promise<void> => undefined;
