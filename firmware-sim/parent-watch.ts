const LOOK_MS = 250;

/**
 * Calls `ended` once when the parent process has ended, however it died: its end of our standard input is closed by the
 * kernel, and should another process have inherited it, our parent's number changes.
 *
 * @returns stops watching
 */
export function watchParent(ended: () => void): () => void {
  const parent = process.ppid;
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    stop();
    ended();
  };
  const timer = setInterval(() => {
    if (process.ppid !== parent) once();
  }, LOOK_MS);
  const { stdin } = process;
  stdin.on('end', once);
  stdin.on('close', once);
  stdin.on('error', once);
  stdin.resume();
  const stop = (): void => {
    clearInterval(timer);
    stdin.pause();
    stdin.off('end', once);
    stdin.off('close', once);
    stdin.off('error', once);
  };
  return () => {
    done = true;
    stop();
  };
}
