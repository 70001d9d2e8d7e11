import { defineConfig } from 'vitest/config';

// What is measured in a real Chromium. Nothing is asserted but that it works.
export default defineConfig({
  test: {
    include: ['browser/**/*.bench.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
  },
});
