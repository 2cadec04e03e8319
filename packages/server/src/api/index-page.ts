/** The page that carries the boot data (frontend-contract §2.1), or a plain one when no frontend is mounted. Our own markup; what it must contain is the contract. */
import type { BootData } from './boot-data.ts';
import { escapeHtml, scriptJson } from './escaped-json.ts';
import type { FrontendAssets } from './frontend-assets.ts';

export interface IndexPageOptions {
  readonly subPath: string;
  readonly tagManagerId: string;
  readonly integrity: boolean;
}

/** Does what every page does the same way: choosing a theme that follows the system, showing that loading failed. */
const bootScript = `
window.__grafana_boot_data_promise = Promise.resolve();
(function () {
  var boot = window.grafanaBootData;
  if (boot.user.theme === 'system') {
    var dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
    document.body.classList.add(dark ? 'theme-dark' : 'theme-light');
    boot.user.lightTheme = !dark;
    var sheet = document.createElement('link');
    sheet.rel = 'stylesheet';
    sheet.href = dark ? boot.assets.dark : boot.assets.light;
    document.head.appendChild(sheet);
  }
})();
window.__grafana_load_failed = function () {
  var shown = document.getElementsByClassName('preloader');
  if (shown.length) shown[0].className = 'preloader preloader--done';
};
window.onload = function () {
  if (!window.__grafana_app_bundle_loaded) window.__grafana_load_failed();
};`;

const style = `
.preloader{position:fixed;inset:0;display:flex;flex-direction:column;align-items:center;justify-content:center;font:16px system-ui,sans-serif}
.preloader__failed{display:none;max-width:40em;padding:2em}.preloader--done .preloader__failed{display:block}.preloader--done .preloader__waiting{display:none}
body.theme-dark{background:#111217;color:#ccccdc}body.theme-light{background:#f4f5f5;color:#24292e}`;

export function renderIndex(boot: BootData, assets: FrontendAssets, assetsText: string, nonce: string, { subPath, tagManagerId, integrity }: IndexPageOptions): Buffer {
  const nonceAttribute = nonce === '' ? '' : ` nonce="${escapeHtml(nonce)}"`;
  const cdn = assets.cdn ?? '';
  const themeType = boot.theme.light ? 'light' : 'dark';
  const sheets = [...assets.cssFiles.map((file) => file.filePath), boot.theme.light ? assets.light : assets.dark];
  const scripts = assets.jsFiles.map(({ filePath, integrity: sum }) =>
    `<script${nonceAttribute} src="${escapeHtml(filePath)}"${integrity && sum ? ` integrity="${escapeHtml(sum)}" crossorigin="anonymous"` : ''} defer></script>`);
  const head = `<!DOCTYPE html>
<html lang="${escapeHtml(boot.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="theme-color" content="#000">
<title>Grafana</title>
<base href="${escapeHtml(subPath)}/">
<link rel="icon" type="image/png" href="${escapeHtml(cdn)}public/build/img/fav32.png">
<link rel="apple-touch-icon" sizes="180x180" href="${escapeHtml(cdn)}public/build/img/apple-touch-icon.png">
<link rel="mask-icon" href="${escapeHtml(cdn)}public/build/img/grafana_mask_icon.svg" color="#F05A28">
${sheets.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`).join('\n')}
<style${nonceAttribute}>${style}</style>
<script${nonceAttribute}>performance.mark('frontend_boot_css_time_seconds');</script>
</head>
<body class="theme-${boot.theme.id === 'system' ? 'dark' : themeType} app-grafana">
<div class="preloader"><div class="preloader__waiting">Loading</div><div class="preloader__failed"><p>The application could not be loaded.</p><p>Its files may be missing below static_root_path, or a proxy may hide them.</p></div></div>
<div id="reactRoot"></div>
<script${nonceAttribute}>
window.grafanaBootData = {"user":${boot.user},"settings":`;
  const tail = `,"navTree":${boot.navTree},"assets":${assetsText}};${cdn === '' ? '' : `\nwindow.public_cdn_path = ${scriptJson(`${cdn}public/build/`)};`}${nonce === '' ? '' : `\nwindow.nonce = ${scriptJson(nonce)};`}${bootScript}
</script>
${tagManagerId === '' ? '' : `<script${nonceAttribute}>window.dataLayer=[{'gtm.start':Date.now(),event:'gtm.js'}];</script>\n<script${nonceAttribute} async src="https://www.googletagmanager.com/gtm.js?id=${escapeHtml(encodeURIComponent(tagManagerId))}"></script>\n`}${scripts.join('\n')}
<script${nonceAttribute}>performance.mark('frontend_boot_js_done_time_seconds');</script>
</body>
</html>
`;
  return Buffer.concat([Buffer.from(head), boot.settings, Buffer.from(tail)]);
}

/** Says what is here: the console in a moment, or how to get one. */
export function renderPlainPage(boot: BootData, nonce: string, { subPath }: IndexPageOptions, consoleIsBuilding: boolean): string {
  const nonceAttribute = nonce === '' ? '' : ` nonce="${escapeHtml(nonce)}"`;
  const said = consoleIsBuilding
    ? '<p role="status">The server runs. Its console is being built, once; this page turns into it by itself, usually within two minutes.</p>'
    : '<p>The server runs. There is no web application here yet: <code>npm run console</code> builds the console.</p>';
  return `<!DOCTYPE html>
<html lang="${escapeHtml(boot.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${consoleIsBuilding ? '<meta http-equiv="refresh" content="3">\n' : ''}<title>Belvedere</title>
<base href="${escapeHtml(subPath)}/">
<style${nonceAttribute}>body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:4em auto;padding:0 1em}code{background:#8882;padding:.1em .3em}
body.theme-dark{background:#111217;color:#ccccdc}body.theme-dark a{color:#6e9fff}</style>
</head>
<body class="theme-${boot.theme.light ? 'light' : 'dark'}">
<h1>Belvedere</h1>
${said}
<p>The API answers at <a href="api/health"><code>/api/health</code></a>. To see a Grafana frontend, set <code>[server] static_root_path</code> to the <code>public</code> folder of a built one, the folder that holds <code>build/assets-manifest.json</code>.</p>
<script${nonceAttribute}>
window.grafanaBootData = {"user":${boot.user},"settings":${boot.settings.toString('latin1')},"navTree":${boot.navTree},"assets":null};
</script>
</body>
</html>
`;
}

export const renderErrorPage = (subPath: string, title = 'Something went wrong', text = 'The page could not be made. The server\'s log says why.') => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Belvedere - Error</title><base href="${escapeHtml(subPath)}/"></head>
<body class="theme-dark"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></body>
</html>
`;

/** The viewer is part of the frontend; without one the description itself is linked. */
export function renderSwagger(assets: FrontendAssets | undefined, nonce: string, { subPath }: Pick<IndexPageOptions, 'subPath'>): string {
  const nonceAttribute = nonce === '' ? '' : ` nonce="${escapeHtml(nonce)}"`;
  const sheets = [...(assets?.swaggerCssFiles ?? []).map(({ filePath }) => filePath), ...(assets ? [assets.light] : [])];
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>API</title><base href="${escapeHtml(subPath)}/">
${sheets.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`).join('\n')}
</head>
<body>
<div id="root">${assets ? '' : '<p><a href="public/openapi3.json">The API described in OpenAPI</a></p>'}</div>
<script${nonceAttribute}>window.__grafana_public_path__ = ${scriptJson(`${assets?.cdn ?? ''}public/`)};</script>
${(assets?.swagger ?? []).map(({ filePath }) => `<script${nonceAttribute} src="${escapeHtml(filePath)}" defer></script>`).join('\n')}
</body>
</html>
`;
}
