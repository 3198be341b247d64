/** The routes of the server, to tell an address that is not there from a method that is not served there. */
export class KnownRoutes {
  private readonly routes: { readonly methods: readonly string[]; readonly pattern: RegExp }[] = [];

  /** @param url as routes are written: `/v1/jobs/:id` */
  add(methods: string | readonly string[], url: string): void {
    const pattern = url
      .split('/')
      .map((part) => {
        if (part === '*') return '.*';
        if (part.startsWith(':')) return '[^/]+';
        return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      })
      .join('/');
    this.routes.push({ methods: [methods].flat(), pattern: new RegExp(`^${pattern}$`, 'u') });
  }

  /** Methods that the path is served with; empty: there is nothing. */
  methodsOf(path: string): string[] {
    const methods = this.routes
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}
