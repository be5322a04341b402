import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/browser.mjs';

const alias = { '@': fileURLToPath(new URL('src', import.meta.url)) };
const define = { __APP_VERSION__: JSON.stringify('0.0.0-test'), __BUILD_ID__: JSON.stringify('0.0.0-test') };
const browserTests = ['src/**/*.browser.test.ts', 'src/**/*.browser.test.tsx'];

export default defineConfig({
  test: {
    // Left alone it keeps one of two cores free, and the suite takes twice as long.
    maxWorkers: 2,
    projects: [
      {
        resolve: { alias },
        test: { name: 'doors', environment: 'node', include: ['scripts/doors.test.ts'], testTimeout: 60_000 },
      },
      {
        resolve: { alias },
        define,
        test: {
          name: 'unit',
          // Generated cases by the thousand on a busy machine: slow is not wrong.
          testTimeout: 120_000,
          environment: 'node',
          include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'scripts/**/*.test.ts'],
          exclude: [...browserTests, 'scripts/doors.test.ts'],
        },
      },
      {
        plugins: [react()],
        resolve: { alias },
        define,
        test: {
          name: 'browser',
          include: browserTests,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: (await findChromium()) ?? {} }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
