// node make-start-cache.mjs FOLDER STAMP: bundles the server into FOLDER/STAMP and removes older ones. Run in the background by start-cache.mjs.
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './installation.mjs';

const [folder, stamp] = process.argv.slice(2);
const lock = join(folder, `${stamp}.lock`);
try {
  setPriority(10);
  const making = mkdtempSync(join(folder, 'making-'));
  const bundle = await rolldown({
    input: join(root, 'packages/server/src/main.ts'), cwd: root, platform: 'node', logLevel: 'silent',
    // Optional companions of libraries, for other runtimes or not installed.
    external: [/^node:/, 'pg-native', 'bare-fs', 'bare-path'],
    plugins: [{
      // Files beside the source (data, workers, the configuration) are found from where the source is.
      name: 'source-place',
      transform(code, id) {
        if (!id.startsWith(join(root, 'packages')) || !code.includes('import.meta')) return undefined;
        return code.replaceAll('import.meta.dirname', JSON.stringify(dirname(id))).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
      },
    }],
  });
  await bundle.write({ dir: making, format: 'esm', entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' });
  renameSync(making, join(folder, stamp));
  for (const name of readdirSync(folder)) {
    if (name !== stamp && !name.endsWith('.lock')) rmSync(join(folder, name), { recursive: true, force: true });
  }
} finally {
  rmSync(lock, { recursive: true, force: true });
}
