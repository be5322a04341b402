import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheDir, endWithNpm, ensureDeps, root } from './setup.mjs';

const PROGRAMS = ['venue', 'bench', 'bench-ui', 'soak', 'fuzz', 'live', 'make-captures', 'size', 'doors', 'headers'];

const name = process.argv.splice(2, 1)[0] ?? '';
if (!PROGRAMS.includes(name)) {
  console.error(`There is no program "${name}". There are: ${PROGRAMS.join(', ')}.`);
  process.exit(1);
}
const entry = [`scripts/${name}/main.ts`, `scripts/${name}.ts`]
  .map((file) => join(root, file))
  .find((file) => existsSync(file));
if (!entry) {
  console.error(`The program "${name}" is not part of this release.`);
  process.exit(1);
}

endWithNpm();
await ensureDeps();
const { build } = await import('vite');

// A folder of its own for each run: two runs at once must not read each other's half-written program.
const outDir = join(cacheDir, `${name}-${process.pid}`);
process.once('exit', () => rmSync(outDir, { recursive: true, force: true }));
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  resolve: { alias: { '@': join(root, 'src') } },
  build: {
    ssr: entry,
    outDir,
    target: 'node20',
    emptyOutDir: true,
    sourcemap: 'inline',
    rollupOptions: { output: { entryFileNames: 'main.mjs' } },
  },
});
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(outDir, 'main.mjs')).href); // in this process, so that signals end the program itself
