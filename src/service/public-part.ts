import type { App } from './context.js';

/** Registers routes of a plugin that anybody may read: pages and pictures, which hold nothing of the laboratory. */
export async function publicPart(
  app: App,
  register: (part: App) => PromiseLike<unknown>,
): Promise<void> {
  await app.register(async (part) => {
    part.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'public' };
    });
    await register(part);
  });
}
