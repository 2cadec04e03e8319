/** What axe finds wrong with a page, as far as it is serious. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // Within the application it stays where it is.
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(source);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)')) as readonly Found[];
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ html }) => html.slice(0, 220)).join(' | ')}`);
}

export interface WalkOptions {
  /** Within the application, as links lead, instead of loading each page anew. */
  readonly within?: boolean;
}

/** Opens each page (address, its heading), waits until what it asked for is there, and wants no serious finding. */
export async function walkThrough(page: Page, pages: readonly (readonly [path: string, heading: string])[], { within = false }: WalkOptions = {}): Promise<void> {
  for (const [path, heading] of pages) {
    if (within) await page.evaluate(`(${goWithin})(${JSON.stringify(path)})`);
    else await page.goto(path);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor().catch(() => expect.fail(`${path} shows no heading “${heading}”`));
    await page.waitForFunction(isAtRest);
    if (!within) await page.waitForLoadState('networkidle');
    expect([path, await seriousFindings(page)]).toEqual([path, []]);
    expect([path, await page.evaluate(sidewaysPx)]).toEqual([path, 0]);
  }
}

// Run in the browser.
const goWithin = "(path) => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', { state: {} })); }";
const isAtRest = "!document.querySelector('main')?.innerText.includes('Loading')";
/** How far a page is wider than its window; tables and graphs scroll by themselves. */
const sidewaysPx = 'Math.max(0, document.documentElement.scrollWidth - innerWidth)';
