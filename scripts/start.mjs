// npm start [-- server arguments]: installs what is missing, then is the server.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { become, isThis } from './become.mjs';
import { buildConsoleInBackground, someConsole } from './console.mjs';
import { ensureInstalled, nodeEnvironment, pinnedNode, root } from './installation.mjs';
import { serverEntry } from './start-cache.mjs';

/** By then the server answers. */
const consoleLookMs = 5_000;

const args = process.argv.slice(2);
const [first] = args;
const command = first === 'cli' || first === 'server' ? args : ['server', ...args];

ensureInstalled();

// Data live beside the checkout's own files unless something else is said: these are defaults only, every other source wins over them.
const data = join(root, 'data');
if (!data.includes('=')) {
  command.push(`cfg:default.paths.data=${data}`, `cfg:default.paths.logs=${join(data, 'log')}`, `cfg:default.paths.plugins=${join(data, 'plugins')}`);
}
if (command[0] === 'server' && process.env.npm_config_loglevel !== 'silent') welcome();
// Who mounts a frontend has no use for the console.
if (command[0] === 'server' && !mountsFrontend()) {
  // One that is there is compared with its source later: that takes as long as much of the start.
  if (someConsole() && isThis(pinnedNode())) setTimeout(lookAtConsole, consoleLookMs).unref();
  else buildConsoleInBackground();
}
await become(pinnedNode(), [serverEntry(pinnedNode()), ...command], nodeEnvironment());

/** A person who has just cloned the repository wants to know where to go, and as whom. */
function welcome() {
  const env = process.env;
  const configured = args.some((arg) => arg.startsWith('--config') || arg.startsWith('cfg:')) || existsSync(join(root, 'packages/server/conf/custom.ini')) || Object.keys(env).some((name) => name.startsWith('GF_'));
  if (configured) return;
  const isNew = !existsSync(data) || !readdirSync(data).some((name) => name.endsWith('.db'));
  console.error('\n  Belvedere   http://localhost:3000');
  if (isNew) console.error('  Sign in     admin / admin   (you will be asked for a new password)');
  console.error(`  Data        ${data}\n`);
}

function lookAtConsole() {
  try {
    buildConsoleInBackground();
  } catch {
    // The server goes on with the one that is there.
  }
}

function mountsFrontend() {
  return process.env.GF_SERVER_STATIC_ROOT_PATH !== undefined || args.some((arg) => arg.includes('server.static_root_path='));
}
