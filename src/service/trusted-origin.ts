import { RelaxdError } from '../core/index.js';

export interface OriginRequest {
  readonly method: string;
  /** True for a WebSocket upgrade. */
  readonly upgrade: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/** Methods that change nothing. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/**
 * Keeps pages of other sites away from a service that needs no key on its own machine: a browser sends `Origin` with every call that can change
 * something and with every WebSocket, and it must be the service's own. On a loopback address the `Host` must be
 * one as well, or a site whose name is made to resolve to 127.0.0.1 would be let in (DNS rebinding).
 *
 * @param bound the address that the service listens on
 * @param trusted origins of other sites that the configuration names
 * @throws RelaxdError `origin-refused`
 */
export function checkOrigin(
  request: OriginRequest,
  bound: string,
  trusted: readonly string[] = [],
): void {
  const host = hostName(request.host);
  if (isLoopback(bound) && (host === null || !isLoopback(host))) {
    throw new RelaxdError(
      'origin-refused',
      `the service listens on ${bound} and does not answer for host '${request.host ?? ''}'`,
      { path: 'host', value: request.host ?? null, limit: 'localhost, 127.0.0.1 or [::1]' },
    );
  }
  if (request.origin === undefined || (SAFE_METHODS.has(request.method) && !request.upgrade))
    return;
  if (trusted.includes(request.origin)) return;
  if (originHost(request.origin) !== request.host?.toLowerCase()) {
    throw new RelaxdError(
      'origin-refused',
      `a page of '${request.origin}' may not use this service`,
      { path: 'origin', value: request.origin, limit: request.host ?? null },
    );
  }
}

function hostName(host: string | undefined): string | null {
  if (host === undefined) return null;
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return null;
  }
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null; // "null" of a sandboxed page or a file
  }
}
