/** The parts of the frontend service, from the settings. */
import { createAssetsSource } from '../api/frontend-assets.ts';
import { createStaticFiles } from '../api/static-files.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Settings } from '../setting/settings.ts';
import { grafanaVersion } from '../util/version.ts';
import { createFrontendShell } from './frontend-shell.ts';
import type { Pages } from './ring-pages.ts';

export function createFrontendServer({ paths, server, appMode }: Settings, log: Logger): Pages {
  const assets = createAssetsSource({ staticRoot: paths.staticRoot, consoleRoot: paths.console, cdnUrl: server.cdnUrl, version: grafanaVersion });
  return createFrontendShell({ assets, files: createStaticFiles(assets.roots, appMode === 'development'), log, subPath: server.subUrl });
}
