/** `npm run bench`: every benchmark; `npm run bench -- startup`: one of them; `npm run bench -- http search`: rows whose name holds a word. */
import { benchConsole } from './console.ts';
import { benchContent } from './content.ts';
import { benchHttp } from './http.ts';
import { benchIdentity } from './identity.ts';
import { benchLive } from './live.ts';
import { benchRules } from './rules.ts';
import { benchStartup } from './startup.ts';
import { removeFolder, startServer } from './server-under-test.ts';
import { consoleIsBuilt } from '../scripts/console.mjs';
import { serverEntry } from '../scripts/start-cache.mjs';

const benchmarks: Record<string, (only?: string) => Promise<void>> = { startup: benchStartup, http: benchHttp, content: benchContent, identity: benchIdentity, rules: benchRules, live: benchLive, console: benchConsole };

const makingSecondsMax = 180;

const [name, only] = process.argv.slice(2);
const chosen = name ? benchmarks[name] : undefined;
if (name && !chosen) {
  console.error(`no benchmark called ${name}; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}
await everythingMade();
for (const run of chosen ? [chosen] : Object.values(benchmarks)) await run(only);

/** What the first start after a change makes in the background is there, the compile cache too: what is measured is every later one. */
async function everythingMade(): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const server = await startServer();
    for (let i = 0; i < makingSecondsMax && (serverEntry(process.execPath).endsWith('.ts') || !consoleIsBuilt()); i++) await new Promise((done) => setTimeout(done, 1_000));
    await server.stop();
    removeFolder(server.dir);
  }
}
