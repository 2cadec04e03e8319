/** The console in a real browser, over a real server. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, vi } from 'vitest';
import { type Belvedere, removeFolder, repository, startBelvedere, type StartOptions, temporaryFolder } from '../support/belvedere.ts';
import { eventually } from '../support/eventually.ts';
import { chromiumBinary, describeWith } from '../support/services.ts';

export interface ConsoleUnderTest extends Belvedere {
  /** A page of a browser session of its own, signed in unless `login` is null. Fails the test that asks for `errors()` if a page complained. */
  visit(login?: { readonly user: string; readonly password: string } | null, options?: { readonly theme?: 'light' | 'dark'; readonly width?: number; readonly height?: number }): Promise<Page>;
  /** What pages printed as errors, threw, or could not load since the last call. A refused request that a page expects is named by `expected`. */
  errors(): readonly string[];
  expected(pattern: RegExp): void;
  /** Keeps a picture in `docs/screenshots` when BELVEDERE_SCREENSHOTS=update, in a temporary folder else. Gives its path. */
  screenshot(page: Page, name: string): Promise<string>;
  end(): Promise<void>;
}

export interface ConsoleOptions extends StartOptions {
  /** With the sample provisioning of a fresh checkout (a source, dashboards, a rule); else empty. */
  readonly sample?: boolean;
}

/** A suite over one console, which is started before its first test and ended after its last; `prepare` fills it first. Skipped, with the reason, where there is no Chromium (or what else it needs). */
export function describeConsole(what: string, options: ConsoleOptions & { readonly prepare?: (console: ConsoleUnderTest) => Promise<unknown>; readonly needs?: readonly [name: string, present: unknown] }, suite: (console: ConsoleUnderTest) => void): void {
  const { prepare, needs, ...start } = options;
  const missing = needs !== undefined && !needs[1];
  describeWith(missing ? needs[0] : 'Chromium', chromiumBinary && !missing, what, () => {
    // Filled by the time that a test looks at it.
    const console = {} as ConsoleUnderTest;
    beforeAll(async () => {
      Object.assign(console, await startConsole(start));
      await prepare?.(console);
    }, 600_000);
    afterAll(() => console.end?.(), 120_000);
    vi.setConfig({ testTimeout: testMs, hookTimeout: testMs });
    suite(console);
  });
}

/** A browser and a server beside many others take their time; who waits for something that never comes waits this long. */
const stepMs = 120_000;
const testMs = 1_800_000;

const sampleFolder = join(repository, 'packages/server/conf/provisioning/sample');
const admin = { user: 'admin', password: 'admin' };

export async function startConsole({ sample = false, ...options }: ConsoleOptions = {}): Promise<ConsoleUnderTest> {
  const root = await consoleRoot();
  const server = await startBelvedere({
    ...options,
    env: { ...(root === undefined ? {} : { GF_SERVER_STATIC_ROOT_PATH: root }), ...(sample ? { GF_PATHS_PROVISIONING: sampleFolder, BELVEDERE_SAMPLE_PATH: sampleFolder } : {}), ...options.env },
  });
  const browser: Browser = await chromium.launch({ executablePath: chromiumBinary!, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const contexts: BrowserContext[] = [];
  const expected: RegExp[] = [];
  let complaints: string[] = [];
  const complain = (page: Page, text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(`${new URL(page.url(), 'http://none').pathname}: ${text}`);
  };
  const pictures = process.env['BELVEDERE_SCREENSHOTS'] === 'update' ? join(repository, 'docs', 'screenshots') : temporaryFolder('screenshots');
  mkdirSync(pictures, { recursive: true });
  return {
    ...server,
    async visit(login = admin, { theme, width = 1400, height = 900 } = {}) {
      const context = await browser.newContext({ baseURL: server.base, viewport: { width, height }, ...(theme ? { colorScheme: theme } : {}) });
      contexts.push(context);
      context.setDefaultTimeout(stepMs);
      if (login) {
        const answer = await context.request.post('/login', { data: login });
        if (!answer.ok()) throw new Error(`${login.user} could not sign in: ${answer.status()}`);
        if (theme) await context.request.patch('/api/user/preferences', { data: { theme } });
      }
      const page = await context.newPage();
      page.on('pageerror', (error) => complain(page, error.stack ?? error.message));
      page.on('console', (message) => message.type() === 'error' && complain(page, `${message.text()} (${message.location().url})`));
      return page;
    },
    errors() {
      const all = complaints;
      complaints = [];
      return all;
    },
    expected: (pattern) => void expected.push(pattern),
    async screenshot(page, name) {
      const path = join(pictures, `${name}.png`);
      await page.screenshot({ path });
      return path;
    },
    async end() {
      await Promise.all(contexts.map((context) => context.close()));
      await browser.close();
      await server.stop();
      if (options.dir === undefined) removeFolder(server.dir);
    },
  };
}

/** The built console: that of BELVEDERE_TEST_CONSOLE, else (undefined) the checkout's own, which is built here if it is not there. */
async function consoleRoot(): Promise<string | undefined> {
  const given = process.env['BELVEDERE_TEST_CONSOLE'];
  if (given) return given;
  const built = join(repository, 'packages/console/dist');
  const { status, stderr } = spawnSync(process.execPath, [join(repository, 'scripts/console.mjs')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  await eventually('the console is built', () => existsSync(join(built, 'stamp')) && !existsSync(`${built}.making`), { withinMs: 600_000 });
  return undefined;
}
