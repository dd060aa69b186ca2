import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Every test file owns its processes and folders, so files run side by side, one to a core.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Coloured output is asserted where it is meant; elsewhere tests see what a pipe sees.
    env: { NO_COLOR: '1', TZ: 'UTC' },
  },
});
