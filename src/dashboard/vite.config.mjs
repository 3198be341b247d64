import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';

/** The dashboard: one page and hashed files beside it, fit for a content security policy of `'self'`. */
const config = defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the page also works under a prefix behind a proxy.
  base: './',
  publicDir: false,
  plugins: [svelte({ configFile: false, preprocess: vitePreprocess() })],
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Small files stay files: a data: address would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // How long the compiler took is no warning.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
export { config as default };
