/** `npm run bench`: every benchmark; `npm run bench -- startup`: one of them; `npm run bench -- http search`: rows whose name holds a word. */
import { benchContent } from './content.ts';
import { benchHttp } from './http.ts';
import { benchIdentity } from './identity.ts';
import { benchLive } from './live.ts';
import { benchRules } from './rules.ts';
import { benchStartup } from './startup.ts';

const benchmarks: Record<string, (only?: string) => Promise<void>> = { startup: benchStartup, http: benchHttp, content: benchContent, identity: benchIdentity, rules: benchRules, live: benchLive };

const [name, only] = process.argv.slice(2);
const chosen = name ? benchmarks[name] : undefined;
if (name && !chosen) {
  console.error(`no benchmark called ${name}; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}
for (const run of chosen ? [chosen] : Object.values(benchmarks)) await run(only);
