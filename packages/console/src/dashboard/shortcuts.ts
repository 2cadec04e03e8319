/** Keys of the dashboard: one key, or one after another within a second; none while somebody types. */
import { useEffect } from 'react';

const sequenceMs = 1_000;

/** `t z` is two keys, `mod+s` one with Ctrl or Command. */
export type Shortcuts = Readonly<Record<string, (() => void) | undefined>>;

export const shortcutTexts: readonly (readonly [keys: string, what: string])[] = [
  ['g h', 'Home'], ['g d', 'Dashboards'], ['g e', 'Explore'], ['?', 'These keys'], ['d r', 'Refresh'], ['d s', 'Dashboard settings'], ['d e', 'Edit the dashboard'], ['d k', 'Kiosk mode'], ['mod+s', 'Save'], ['t z', 'Zoom the time range out'], ['t ←', 'Move the time range back'],
  ['t →', 'Move the time range forward'], ['t a', 'Make the time range absolute'], ['v', 'View the panel under the pointer'], ['e', 'Edit the panel under the pointer'], ['i', 'Inspect the panel under the pointer'], ['x', 'Explore the panel under the pointer'],
  ['p s', 'Share the panel under the pointer'], ['p e', 'Embed it'], ['p n', 'Make a snapshot'], ['p d', 'Duplicate it'], ['p l', 'Show or hide its legend'], ['p x', 'Explore it'], ['p r', 'Remove it'], ['d l', 'Show or hide all legends'], ['d shift+e', 'Open all rows'], ['d shift+c', 'Fold all rows'],
  ['mod+o', 'Crosshair: none, shared, with tooltip'], ['t c', 'Copy the time range'], ['t v', 'Paste a time range'], ['mod+z', 'Zoom the time range out'], ['Esc', 'Back'],
];

const named: Readonly<Record<string, string>> = { ArrowLeft: 'left', ArrowRight: 'right', Escape: 'esc' };

export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    let first = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const typing = target?.closest?.('input, textarea, select, [contenteditable="true"], .monaco-editor') !== null && target !== null;
      const key = named[event.key] ?? (event.shiftKey && /^[a-z]$/i.test(event.key) ? `shift+${event.key.toLowerCase()}` : event.key.toLowerCase());
      if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
      if (event.ctrlKey || event.metaKey) {
        // What people type can be undone there.
        if (typing && key === 'z') return;
        const action = shortcuts[`mod+${key}`];
        if (action) {
          event.preventDefault();
          action();
        }
        return;
      }
      // A dialog has the keys to itself.
      if (typing || event.altKey || document.querySelector('[role="dialog"]')) return;
      const pair = event.timeStamp - first.at < sequenceMs ? shortcuts[`${first.key} ${key}`] : undefined;
      first = pair ? { key: '', at: 0 } : { key, at: event.timeStamp };
      const action = pair ?? shortcuts[key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}

/** Key of the panel that the pointer is over. */
export const panelUnderPointer = (): string | undefined => {
  const hovered = [...document.querySelectorAll('[data-viz-panel-key]:hover')].at(-1);
  return hovered?.getAttribute('data-viz-panel-key') ?? undefined;
};
