import type { RouteOptions } from 'fastify';
import { RelaxdError } from '../core/index.js';
import type { Scope } from '../access/index.js';

/** What a route needs: a scope, or nothing (`public`). */
export type RouteScope = Scope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs. A route without it keeps the service from starting. */
    scope?: RouteScope;
    /** False: the call changes nothing, whatever its method is. */
    audit?: false;
  }
}

/** A route as the running server has it. */
export interface DeclaredRoute {
  readonly method: string;
  /** As routes are written: `/v1/jobs/:id` */
  readonly url: string;
  readonly scope: RouteScope;
}

/** The routes of a server with what each needs: who adds a route says so, or the server does not start. */
export class DeclaredRoutes {
  private readonly seen: { readonly route: RouteOptions; readonly pattern: RegExp }[] = [];

  add(route: RouteOptions): void {
    this.seen.push({ route, pattern: patternOf(route.url) });
  }

  /** @throws RelaxdError `internal` that names every route without a scope */
  list(): DeclaredRoute[] {
    const routes = this.seen.flatMap(({ route: { method, url, config } }) =>
      [method].flat().map((one) => ({ method: one, url, scope: config?.scope })),
    );
    const bare = routes.filter(({ scope }) => scope === undefined);
    if (bare.length > 0) {
      const names = bare.map(({ method, url }) => `${method} ${url}`);
      throw new RelaxdError('internal', `no scope is declared for ${names.join(', ')}`, {
        hint: "give each a `config: { scope: … }`; 'public' where anybody may",
      });
    }
    return routes as DeclaredRoute[];
  }

  /** Methods that the path is served with; empty: there is nothing. */
  methodsOf(path: string): string[] {
    const methods = this.seen
      // Every path takes a preflight where other sites may call: that makes none of them one that is there.
      .filter(({ route, pattern }) => route.url !== '*' && pattern.test(path))
      .flatMap(({ route }) => route.method);
    return [...new Set(methods)].sort();
  }
}

function patternOf(url: string): RegExp {
  const pattern = url
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      if (part.startsWith(':')) return '[^/]+';
      return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${pattern}$`, 'u');
}
