/**
 * `target = frontend-server` (frontend-contract §2.5): the page and the files of the frontend from a process that knows nothing else. The page asks
 * `/bootdata` of whoever answers it at the same address, and waits as long as that one is still starting.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { escapeHtml, scriptJson } from '../api/escaped-json.ts';
import type { AssetsSource, FrontendAssets } from '../api/frontend-assets.ts';
import type { StaticFiles } from '../api/static-files.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Pages } from './ring-pages.ts';

export interface FrontendShellDeps {
  readonly assets: Pick<AssetsSource, 'read'>;
  readonly files: StaticFiles;
  readonly log: Logger;
  /** '' or `/grafana`. */
  readonly subPath: string;
}

const noStore = { 'cache-control': 'no-store' };
const plain = { 'content-type': 'text/plain; charset=utf-8', ...noStore };
const publicDashboard = /^\/public-dashboards\/([A-Za-z0-9]{1,64})\/?$/;

export function createFrontendShell({ assets, files, log, subPath }: FrontendShellDeps): Pages {
  return async (full, req, res) => {
    const path = subPath !== '' && (full === subPath || full.startsWith(`${subPath}/`)) ? full.slice(subPath.length) || '/' : full;
    if (path === '/metrics') return false;
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(405, { allow: 'GET, HEAD', ...plain }).end('Method Not Allowed\n');
      return true;
    }
    if (path === '/-/health') res.writeHead(200, plain).end('OK');
    else if (path === '/-/fe-boot-error') {
      log.warn('A browser could not load the frontend');
      res.writeHead(200, plain).end('OK');
    } else if (path.startsWith('/public/')) await file(path, req, res);
    else {
      const found = assets.read();
      if (!found) res.writeHead(503, plain).end('There is no frontend: set [server] static_root_path to the public folder of a built one.\n');
      else res.writeHead(200, { 'content-type': 'text/html; charset=UTF-8', 'x-content-type-options': 'nosniff', ...noStore }).end(shell(found, subPath, publicDashboard.exec(path)?.[1]));
    }
    return true;
  };

  async function file(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const reply = files.reply({ path, headers: req.headers }, decoded(path.slice('/public/'.length)));
    if (!reply) {
      res.writeHead(404, plain).end('Not found\n');
      return;
    }
    res.writeHead(reply.status, reply.headers);
    const body = reply.body as Readable | Buffer | string | null;
    if (body === null || typeof body === 'string' || Buffer.isBuffer(body)) res.end(body ?? undefined);
    else if (req.method === 'HEAD') {
      body.destroy();
      res.end();
    } else await pipeline(body, res).catch(() => {});
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '\0';
  }
}

/** What every page does, with the names in front of it. A backend that is starting says `Loading`; one that wants another host names it. */
const script = `
window._femt = true;
window.__grafana_load_failed = function () {
  var shown = document.getElementsByClassName('preloader');
  if (shown.length) shown[0].className = 'preloader preloader--done';
  fetch(base + '-/fe-boot-error').catch(function () {});
};
function ask() {
  return fetch(address + location.search, { credentials: 'same-origin', redirect: 'manual', headers: { accept: 'application/json' } }).then(function (answer) {
    if (answer.type === 'opaqueredirect') { location.href = base + 'login'; return new Promise(function () {}); }
    if (answer.status === 204 && answer.headers.get('Redirect-Domain')) { location.hostname = answer.headers.get('Redirect-Domain'); return new Promise(function () {}); }
    if (answer.status === 503) return answer.json().catch(function () { return {}; }).then(function (said) {
      if (said.code !== 'Loading') throw new Error('503');
      return new Promise(function (done) { setTimeout(done, 1000); }).then(ask);
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  });
}
function sheet(href) {
  var link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.appendChild(link);
}
window.__grafana_boot_data_promise = ask().then(function (boot) {
  boot._femt = true;
  if (!boot.assets) boot.assets = assets;
  var light = boot.user.theme === 'system' ? !window.matchMedia('(prefers-color-scheme: dark)').matches : boot.user.lightTheme;
  if (boot.user.theme === 'system') boot.user.lightTheme = light;
  document.body.classList.add(light ? 'theme-light' : 'theme-dark');
  document.documentElement.lang = boot.user.language || 'en-US';
  sheet(light ? assets.light : assets.dark);
  window.grafanaBootData = boot;
  scripts.forEach(function (src) {
    var element = document.createElement('script');
    element.src = src;
    element.async = false;
    element.onerror = window.__grafana_load_failed;
    document.body.appendChild(element);
  });
});
window.__grafana_boot_data_promise.catch(window.__grafana_load_failed);
`;

function shell(assets: FrontendAssets, subPath: string, accessToken: string | undefined): string {
  const base = `${subPath}/`;
  const names = {
    base, address: `${base}bootdata${accessToken === undefined ? '' : `/${accessToken}`}`, scripts: assets.jsFiles.map(({ filePath }) => filePath),
    assets: { jsFiles: assets.jsFiles, cssFiles: assets.cssFiles, dark: assets.dark, light: assets.light },
  };
  return `<!DOCTYPE html>
<html lang="en-US">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="theme-color" content="#000">
<title>Grafana</title>
<base href="${escapeHtml(base)}">
<link rel="icon" type="image/png" href="${escapeHtml(assets.cdn ?? '')}public/build/img/fav32.png">
${assets.cssFiles.map(({ filePath }) => `<link rel="stylesheet" href="${escapeHtml(filePath)}">`).join('\n')}
<style>.preloader{position:fixed;inset:0;display:flex;align-items:center;justify-content:center;font:16px system-ui,sans-serif}.preloader__failed{display:none}.preloader--done .preloader__failed{display:block}.preloader--done .preloader__waiting{display:none}</style>
</head>
<body class="app-grafana">
<div class="preloader"><div class="preloader__waiting">Loading</div><div class="preloader__failed">The application could not be loaded.</div></div>
<div id="reactRoot"></div>
<script>
(function () {
${Object.entries(names).map(([name, value]) => `var ${name} = ${scriptJson(value)};`).join('\n')}${assets.cdn ? `\nwindow.public_cdn_path = ${scriptJson(`${assets.cdn}public/build/`)};` : ''}${script}})();
</script>
</body>
</html>
`;
}
