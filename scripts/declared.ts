/** The routes and errors that a server declares: built in memory, as it would start, and thrown away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../packages/server/src/infra/log/log.ts';
import { buildGraph } from '../packages/server/src/server/graph.ts';
import { Teardown } from '../packages/server/src/server/teardown.ts';
import { loadSettings } from '../packages/server/src/setting/settings.ts';
import { declaredErrors } from '../packages/server/src/web/errors.ts';
import type { DeclaredRoute } from '../packages/server/src/web/route.ts';
import { root } from './boundaries.ts';

export interface Declared {
  readonly routes: readonly DeclaredRoute[];
  readonly errors: ReturnType<typeof declaredErrors>;
}

export async function declared(): Promise<Declared> {
  const dir = mkdtempSync(join(tmpdir(), 'belvedere-declared-'));
  const teardown = new Teardown(silentLogger);
  try {
    const settings = loadSettings({
      homePath: join(root, 'packages/server'),
      env: { GF_DATABASE_PATH: ':memory:', GF_PATHS_DATA: dir, GF_PATHS_LOGS: dir, GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning') },
    });
    const { routes } = await buildGraph({ settings, log: silentLogger, teardown });
    return { routes: [...routes], errors: declaredErrors() };
  } finally {
    await teardown.run();
    rmSync(dir, { recursive: true, force: true });
  }
}
