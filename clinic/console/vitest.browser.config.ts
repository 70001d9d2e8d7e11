import { defineConfig } from 'vitest/config';

// Tests that drive a real Chromium. One file after the other: they share the machine.
export default defineConfig({
  test: {
    include: ['browser/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
