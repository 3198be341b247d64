import type { InitializeHook, ResolveHook } from 'node:module';

let root = '';

/** Hooks of the module loader in a driver's process: `relaxd/dist/…` is the relaxd that the driver runs under. */
export const initialize: InitializeHook<{ readonly root: string }> = (data) => {
  root = data.root;
};

export const resolve: ResolveHook = (specifier, context, next) =>
  specifier.startsWith('relaxd/')
    ? { url: new URL(specifier.slice('relaxd/'.length), root).href, shortCircuit: true }
    : next(specifier, context);
