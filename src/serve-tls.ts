import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { asRelaxdError, RelaxdError } from './core/index.js';
import type { Logger, RunningService, TlsFiles } from './service/index.js';

export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads a certificate (with its chain) and its private key, PEM, and sees that they belong together.
 *
 * @throws RelaxdError `file-unreadable`, `wrong-call`
 */
export async function readTls({ cert, key }: TlsPaths): Promise<TlsFiles> {
  const files = { cert: await readPem(cert), key: await readPem(key) };
  try {
    createSecureContext({ ...files, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new RelaxdError(
      'wrong-call',
      `tls: ${cert} and ${key} cannot be used: ${(error as Error).message}`,
      { path: 'tls', value: [cert, key], limit: 'a certificate and its private key, PEM' },
      error,
    );
  }
  return files;
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RelaxdError('file-unreadable', `tls: ${(error as Error).message}`, { path }, error);
  }
}

/**
 * Reads the files anew at SIGHUP, for connections that are made from then on. Files that cannot be used change nothing.
 *
 * @returns what stops listening
 */
export function renewOnHangUp(
  service: Pick<RunningService, 'renewTls'>,
  paths: TlsPaths,
  log: Logger,
): () => void {
  const renew = (): void => {
    readTls(paths).then(
      (files) => {
        service.renewTls(files);
        log.info({ cert: paths.cert }, 'certificate read anew');
      },
      (error: unknown) =>
        log.error({ err: error }, `the old certificate stays: ${asRelaxdError(error).message}`),
    );
  };
  process.on('SIGHUP', renew);
  return () => void process.off('SIGHUP', renew);
}
