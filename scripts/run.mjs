// node scripts/run.mjs FILE.ts [arguments]: runs a chore with the pinned Node.
import { resolve } from 'node:path';
import { become } from './become.mjs';
import { ensureInstalled, nodeEnvironment, pinnedNode, root } from './installation.mjs';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run.mjs FILE.ts [arguments]');
  process.exit(2);
}
ensureInstalled({ whole: true });
process.chdir(root);
await become(pinnedNode(), [resolve(root, file), ...args], nodeEnvironment());
