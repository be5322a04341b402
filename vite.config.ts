import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { parseExtraHosts } from './scripts/security-headers.ts';
import { shippedPolicy } from './scripts/shipped-policy.ts';
import { sourceId } from './scripts/source-id.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [react(), shippedPolicy(parseExtraHosts(loadEnv(mode, root).VITE_EXTRA_HOSTS ?? ''))],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  define: { __APP_VERSION__: JSON.stringify(version), __BUILD_ID__: JSON.stringify(sourceId(root, version)) },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', port: 4173, strictPort: true },
  build: {
    target: 'es2023',
    manifest: true,
    assetsInlineLimit: 0, // the policy forbids data: addresses for everything but pictures
    modulePreload: { polyfill: false }, // every browser that runs ES2023 has it
  },
}));
