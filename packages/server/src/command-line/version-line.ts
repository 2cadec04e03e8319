import { belvedereVersion, buildCommit, grafanaVersion } from '../util/version.ts';

export const versionLine = () => `Version ${grafanaVersion} (commit: ${buildCommit}, branch: main) Belvedere ${belvedereVersion}\n`;
