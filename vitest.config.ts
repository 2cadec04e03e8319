import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'e2e/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Black-box suites start servers of their own: few at a time.
    maxWorkers: Number(process.env['BELVEDERE_TEST_WORKERS'] ?? 4),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
