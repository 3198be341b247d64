import { RelaxdError } from '../../src/core/index.js';
import { lineNumber, readChips, SYSFS_ROOT, type LineAddress } from './gpio-chips.js';
import type { GpioLines, InputLine, Level, OutputLine } from './gpio-lines.js';

/** The part of onoff that is used. */
export interface OnoffModule {
  readonly Gpio: {
    readonly accessible: boolean;
    new (
      line: number,
      direction: 'in' | 'low',
      edge?: 'both',
      options?: { readonly reconfigureDirection: boolean },
    ): OnoffLine;
  };
}
export interface OnoffLine {
  readSync(): Level;
  writeSync(level: Level): void;
  watch(listener: (error: Error | null | undefined, level: Level) => void): void;
  unexport(): void;
}

/**
 * The machine's own lines.
 *
 * @param load imports onoff; given by tests
 * @param root of the chips' numbers
 * @throws RelaxdError `not-supported` where onoff cannot be loaded, `device-offline` where there is no GPIO
 */
export async function openOnoffLines(
  load: () => Promise<OnoffModule> = () => loadOnoff(),
  root = SYSFS_ROOT,
): Promise<GpioLines> {
  const { Gpio } = await load();
  const chips = readChips(root);
  if (!Gpio.accessible) {
    throw new RelaxdError('device-offline', `${root}/export cannot be written`, {
      path: root,
      hint: "run relaxd as a member of the group that owns it, usually 'gpio'",
    });
  }
  return {
    output(address: LineAddress): OutputLine {
      // 'low': an output that was never high, not an input that becomes one.
      const line = new Gpio(lineNumber(chips, address), 'low');
      return {
        write: (level) => line.writeSync(level),
        close: () => {
          line.writeSync(0);
          line.unexport();
        },
      };
    },
    input(address: LineAddress): InputLine {
      const line = new Gpio(lineNumber(chips, address), 'in', 'both');
      return {
        read: () => line.readSync(),
        onEdge: (listener) => line.watch((_, level) => listener(level)),
        close: () => line.unexport(),
      };
    },
  };
}

/** A name that the compiler does not look up: the package is optional. */
const ONOFF = 'onoff' as string;

/**
 * onoff loads a native module, epoll, which throws at import where it was built for another Node.
 *
 * @param importIt given by tests
 * @throws RelaxdError `not-supported` that says what to do
 */
export async function loadOnoff(
  importIt: () => Promise<OnoffModule> = () => import(ONOFF) as Promise<OnoffModule>,
): Promise<OnoffModule> {
  try {
    return await importIt();
  } catch (error) {
    throw new RelaxdError(
      'not-supported',
      `onoff cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
      {
        hint:
          `its native part, epoll, is missing or was built for another Node than this one ` +
          `(${process.version}, ABI ${process.versions.modules}): npm rebuild epoll, or npm install onoff`,
      },
      error,
    );
  }
}
