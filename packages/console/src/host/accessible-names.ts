/** Names that components of Grafana's packages lack, or that say something else than what is read on them; given after they are drawn. */

/** Names of controls whose label is not shown, by the control's id. */
const unlabelled = new Map<string, string>();

/** Until what it returns is called. */
export function nameControl(id: string, name: string): () => void {
  unlabelled.set(id, name);
  return () => unlabelled.delete(id);
}

const idleMs = 400;

export function mendNames(root: ParentNode): void {
  // The frame gives headings of rows no level.
  for (const heading of root.querySelectorAll('[role="heading"]:not([aria-level])')) {
    heading.setAttribute('aria-level', '2');
    // The title as it was written, with the names of variables.
    const button = heading.closest('button');
    const label = button?.getAttribute('aria-label');
    const title = heading.textContent ?? '';
    if (button && label && !label.includes(title)) button.setAttribute('aria-label', title);
  }
  // Which series a legend shows is told by colour alone; its entries are called what is written on them.
  for (const entry of root.querySelectorAll('[data-testid^="data-testid VizLegend series"] > button[aria-label]')) entry.removeAttribute('aria-label');
  // One may go there, but not all that read a page know it.
  for (const written of root.querySelectorAll('.cm-content:not([tabindex])')) written.setAttribute('tabindex', '0');
  for (const [id, name] of unlabelled) {
    const control = document.getElementById(id);
    if (control && !control.hasAttribute('aria-label')) control.setAttribute('aria-label', name);
  }
}

/** While the page has time to spare after something was drawn. */
export function keepNames(): void {
  let waiting = false;
  const later = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, idleMs));
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    later(() => {
      waiting = false;
      mendNames(document);
    }, { timeout: idleMs });
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ['aria-label'] });
}
