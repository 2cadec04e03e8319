import { createHash } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = import.meta.dirname;
const outDir = process.env['BELVEDERE_CONSOLE_OUT'] ?? join(here, 'dist');

/** Runs in the browser before anything else: begins to fetch what the address will need, and the dashboard that it names. Read by `takeEarly`. */
const askEarly = `function(script,always,onDashboards){
var uid=/\\/d(?:-solo)?\\/([^/]+)/.exec(location.pathname),boot=window.grafanaBootData,settings=boot&&boot.settings||{};
always.concat(uid?onDashboards:[]).forEach(function(file){var link=document.createElement('link');link.rel='modulepreload';link.href=new URL(file,script.src).href;link.nonce=script.nonce;document.head.appendChild(link)});
if(!uid||!boot.user||!boot.user.isSignedIn)return;
var url='/apis/dashboard.grafana.app/v1beta1/namespaces/'+settings.namespace+'/dashboards/'+uid[1]+'/dto';
var answer=fetch((settings.appSubUrl||'')+url,{headers:{accept:'application/json','x-grafana-org-id':String(boot.user.orgId)}});
answer.catch(function(){});window.belvedereEarly={url:url,answer:answer}}`;

/** What is built is laid out as a Grafana frontend is: `build/` with the manifest that the server reads (frontend-contract §2.4). */
function frontendLayout(): Plugin {
  return {
    name: 'frontend-layout',
    apply: 'build',
    generateBundle(_options, bundle) {
      const entries = new Map(Object.values(bundle).flatMap((file) => (file.type === 'chunk' && file.isEntry ? [[file.name, file] as const] : [])));
      const app = entries.get('app')!;
      const swagger = entries.get('swagger')!;
      // The page loads classic scripts; ours are modules, so that pages load apart.
      const sums: Record<string, { readonly src: string; readonly integrity: string }> = {};
      // What a page needs is asked for at once, not by one file after another.
      const needed = (first: typeof app | undefined, found = new Set<string>()): ReadonlySet<string> => {
        for (const name of first ? [first.fileName, ...first.imports] : []) {
          const file = bundle[name];
          if (file?.type !== 'chunk' || found.has(name)) continue;
          found.add(name);
          needed(file, found);
        }
        return found;
      };
      const pageOf = (module: string) => Object.values(bundle).find((file): file is typeof app => file.type === 'chunk' && (file.facadeModuleId?.endsWith(module) === true));
      const always = needed(app);
      const onDashboards = [...new Set([...needed(pageOf('/dashboard/dashboard-page.tsx')), ...needed(pageOf('/panels/timeseries/plugin.tsx'))])].filter((name) => !always.has(name));
      const early = `(${askEarly})(document.currentScript,${JSON.stringify([...always])},${JSON.stringify(onDashboards)});\n`;
      const loader = (entry: typeof app) => {
        const hash = /-([\w-]+)\.js$/.exec(entry.fileName)![1]!;
        const fileName = `load-${entry.name}-${hash}.js`;
        // The page says that loading failed unless it is told otherwise by the time that classic scripts have run.
        const source = `window.__grafana_app_bundle_loaded=true;${entry === app ? early : ''}import(new URL(${JSON.stringify(entry.fileName)},document.currentScript.src).href).catch(function(e){console.error(e);window.__grafana_load_failed&&window.__grafana_load_failed(e)});\n`;
        this.emitFile({ type: 'asset', fileName, source });
        const src = `public/build/${fileName}`;
        sums[fileName] = { src, integrity: `sha384-${createHash('sha384').update(source).digest('base64')}` };
        return src;
      };
      const css = Object.values(bundle).flatMap((file) => (file.type === 'asset' && file.fileName.endsWith('.css') && /(^|\/)app-/.test(file.fileName) ? [`public/build/${file.fileName}`] : []));
      for (const theme of ['dark', 'light']) this.emitFile({ type: 'asset', fileName: `${theme}.css`, source: theme === 'dark' ? 'html{color-scheme:dark;background:#111217}body{margin:0}\n' : 'html{color-scheme:light;background:#f4f5f5}body{margin:0}\n' });
      const scripts = { app: [loader(app)], swagger: [loader(swagger)] };
      const manifest = {
        ...sums,
        entrypoints: {
          app: { assets: { js: scripts.app, css } },
          swagger: { assets: { js: scripts.swagger, css: [] } },
          dark: { assets: { css: ['public/build/dark.css'] } },
          light: { assets: { css: ['public/build/light.css'] } },
        },
      };
      this.emitFile({ type: 'asset', fileName: 'assets-manifest.json', source: `${JSON.stringify(manifest, null, 1)}\n` });
    },
    writeBundle() {
      cpSync(join(here, 'node_modules/@grafana/ui/dist/public/img/icons'), join(outDir, 'build/img/icons'), { recursive: true });
      // Where the packages' global styles look for their fonts.
      for (const [weight, name] of [[400, 'Inter-Regular'], [500, 'Inter-Medium']]) {
        cpSync(join(here, `node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff2`), join(outDir, `fonts/inter/${name}.woff2`));
      }
      cpSync(join(here, 'node_modules/@fontsource/inter/files/inter-latin-400-italic.woff2'), join(outDir, 'fonts/inter/Inter-Italic.woff2'));
      cpSync(join(here, 'node_modules/@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2'), join(outDir, 'fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2'));
      cpSync(join(here, 'public'), outDir, { recursive: true });
      cpSync(join(here, 'public/build/img/fav32.png'), join(outDir, 'img/fav32.png'));
      writeFileSync(join(outDir, 'robots.txt'), 'User-agent: *\nDisallow: /\n');
    },
  };
}

/** In a few files what every page needs, and what several pages need: hundreds of small ones take longer to ask for than to read. */
const bundles = [
  { name: 'base', tags: ['$initial' as const], test: /node_modules/, priority: 20 },
  { name: 'scenes', test: /node_modules\/(@grafana\/scenes|react-grid-layout|react-resizable|react-draggable)\//, priority: 10 },
  // Editors and maps are whole worlds of their own, asked for by name.
  { name: 'shared', test: /node_modules\/(?!monaco-editor|ol\/|zarrita|numcodecs|geotiff)/, entriesAware: true, entriesAwareMergeThreshold: 60_000 },
];

export default defineConfig({
  root: here,
  base: './',
  publicDir: false,
  plugins: [react(), frontendLayout()],
  resolve: {
    alias: [
      { find: /^uwrap$/, replacement: join(here, 'src/host/line-wrap.ts') },
      // @grafana/ui asks for the version 5 router and its bridge; one router of version 6 serves both.
      { find: /^react-router-dom-v5-compat$/, replacement: 'react-router-dom' },
      // What @grafana/runtime keeps for its host is published, but not named in its exports.
      { find: /^@grafana\/runtime\/host\/(.*)$/, replacement: join(here, 'node_modules/@grafana/runtime/dist/esm/$1.mjs') },
    ],
    dedupe: ['react', 'react-dom', 'react-router-dom', 'rxjs', '@grafana/data', '@grafana/runtime', '@grafana/ui'],
  },
  build: {
    outDir: join(outDir, 'build'),
    emptyOutDir: true,
    assetsDir: '',
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2023',
    chunkSizeWarningLimit: 3_000,
    rolldownOptions: {
      // @grafana/plugin-compat looks whether @grafana/runtime has functions of later versions; what is missing is undefined, as it expects.
      shimMissingExports: true,
      input: { app: join(here, 'src/main.tsx'), swagger: join(here, 'src/swagger.ts') },
      output: { entryFileNames: '[name]-[hash].js', chunkFileNames: ({ name }) => `${/^\w[\w-]*/.exec(name)?.[0] ?? 'part'}-[hash].js`, assetFileNames: '[name]-[hash][extname]', codeSplitting: { groups: bundles } },
    },
  },
});
