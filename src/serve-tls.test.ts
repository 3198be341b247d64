import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './lab/temporary-folder.test-support.js';
import { readTls, renewOnHangUp } from './serve-tls.js';
import { startTestService } from './service/service.test-support.js';
import type { Logger } from './service/index.js';

const missing =
  spawnSync('openssl', ['version']).status === 0
    ? null
    : 'openssl is not here: apt-get install openssl';
const folder = temporaryFolder();

/** A certificate for 127.0.0.1 that vouches for itself. */
function selfMade(name: string): { cert: string; key: string } {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', files.key, '-out', files.cert],
  ]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return files;
}

interface Answered {
  readonly status: number;
  readonly peer: string;
  readonly protocol: string | null;
}
const get = (port: number, ca: string, path = '/healthz', key?: string): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host: '127.0.0.1', port, path, ca: readFileSync(ca), agent: false },
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      },
      (response) => {
        const socket = response.socket as TLSSocket;
        const peer = String(socket.getPeerCertificate().subject.CN);
        response
          .resume()
          .on('end', () =>
            resolve({ status: response.statusCode!, peer, protocol: socket.getProtocol() }),
          );
      },
    );
    call.on('error', reject);
    call.end();
  });

describe.skipIf(missing !== null)(`TLS${missing === null ? '' : `, left out: ${missing}`}`, () => {
  it('serves over HTTPS with the configured certificate, and takes another one at SIGHUP', async () => {
    const paths = selfMade('first');
    const test = await startTestService({
      tls: await readTls(paths),
      access: { anonymous: 'none' },
    });
    const { port, address } = test.service;
    expect(address).toBe(`https://127.0.0.1:${port}`);
    expect(await get(port, paths.cert)).toEqual({
      status: 200,
      peer: 'first',
      protocol: 'TLSv1.3',
    });
    const { text } = await test.lab.keys.create({
      name: 'ann',
      role: 'observer',
      expiresAt: null,
      createdBy: 'test',
    });
    expect((await get(port, paths.cert, '/v1/jobs')).status).toBe(401);
    expect((await get(port, paths.cert, '/v1/jobs', text)).status).toBe(200);

    const old = await new Promise<string>((resolve) => {
      const socket = connect({
        ...{ host: '127.0.0.1', port, ca: readFileSync(paths.cert) },
        ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      });
      socket.on('secureConnect', () => resolve(socket.getProtocol() ?? ''));
      socket.on('error', (error: Error) => resolve(error.message));
    });
    expect(old).not.toMatch(/^TLSv/);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();

    const log: string[] = [];
    const logger = {
      info: (_fields: object, text: string) => log.push(text),
      error: (_fields: object, text: string) => log.push(text),
    } as unknown as Logger;
    const stop = renewOnHangUp(test.service, paths, logger);
    const hangUp = async (): Promise<void> => {
      const said = log.length;
      process.emit('SIGHUP');
      while (log.length === said) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    const second = selfMade('second');
    writeFileSync(paths.cert, readFileSync(second.cert));
    // The certificate is new, the key still old: the service keeps what works.
    await hangUp();
    expect(log.at(-1)).toContain('the old certificate stays');
    writeFileSync(paths.key, readFileSync(second.key));
    await hangUp();
    expect(log.at(-1)).toBe('certificate read anew');
    expect(await get(port, second.cert)).toMatchObject({ status: 200, peer: 'second' });
    stop();
    await test[Symbol.asyncDispose]();
  });

  it('refuses files that are not there, and a key of another certificate', async () => {
    const one = selfMade('one');
    const two = selfMade('two');
    await expect(readTls({ ...one, key: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'file-unreadable',
    });
    await expect(readTls({ cert: one.cert, key: two.key })).rejects.toMatchObject({
      code: 'wrong-call',
      details: { path: 'tls' },
    });
  });
});
