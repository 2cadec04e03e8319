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

/** Contrast is what a theme decides and what takes the longest; the rest is the same in every theme. */
export type Looked = 'all' | 'contrast' | 'all but contrast' | 'nothing';

const optionsOf: Readonly<Record<Exclude<Looked, 'nothing'>, object>> = { all: {}, contrast: { runOnly: ['color-contrast'] }, 'all but contrast': { rules: { 'color-contrast': { enabled: false } } } };
/** Rows and sections that come after many of the same make tell nothing new, and would take half a minute on the longest pages. */
const moreOfTheSame = ['tbody tr:nth-child(n+5)', 'section:nth-of-type(n+9)', '[role=row]:nth-child(n+9)'];

export async function seriousFindings(page: Page, looked: Exclude<Looked, 'nothing'> = 'all'): Promise<readonly string[]> {
  // Within the application it stays where it is.
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(source);
  const found = (await page.evaluate(`axe.run({ include: [['html']], exclude: ${JSON.stringify(moreOfTheSame.map((one) => [one]))} }, ${JSON.stringify({ resultTypes: ['violations'], preload: false, ...optionsOf[looked] })}).then((result) => result.violations)`)) as readonly Found[];
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ html }) => html.slice(0, 220)).join(' | ')}`);
}

export interface WalkOptions {
  /** Within the application, as links lead, instead of loading each page anew. */
  readonly within?: boolean;
  /** At the page of that place in the list, where not at all alike. */
  readonly looked?: Looked | ((at: number) => Looked);
}

/** Opens each page (address, its heading), waits until what it asked for is there, and wants no serious finding. */
export async function walkThrough(page: Page, pages: readonly (readonly [path: string, heading: string])[], { within = false, looked = 'all' }: WalkOptions = {}): Promise<void> {
  for (const [at, [path, heading]] of pages.entries()) {
    if (within) await page.evaluate(`(${goWithin})(${JSON.stringify(path)})`);
    else await page.goto(path);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor().catch(() => expect.fail(`${path} shows no heading “${heading}”`));
    await page.waitForFunction(isAtRest);
    if (!within) await page.waitForLoadState('networkidle');
    const what = typeof looked === 'function' ? looked(at) : looked;
    if (what !== 'nothing') expect([path, await seriousFindings(page, what)]).toEqual([path, []]);
    expect([path, await page.evaluate(sidewaysPx)]).toEqual([path, 0]);
  }
}

// Run in the browser.
const goWithin = "(path) => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', { state: {} })); }";
const isAtRest = "!document.querySelector('main')?.innerText.includes('Loading')";
/** How far a page is wider than its window; tables and graphs scroll by themselves. */
const sidewaysPx = 'Math.max(0, document.documentElement.scrollWidth - innerWidth)';
