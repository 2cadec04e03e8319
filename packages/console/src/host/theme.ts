/** The theme that the server chose for this person, or that of the system. */
import { createTheme } from '@grafana/data';
import { config } from '@grafana/runtime';
import { user } from './boot-data.ts';

export type ThemeMode = 'dark' | 'light';

/** `theme` of the preferences: `light`, `dark`, `system`, or the name of another one, which is dark here. */
export function themeMode(): ThemeMode {
  const asked = new URLSearchParams(location.search).get('theme') ?? user().theme;
  if (asked === 'light') return 'light';
  if (asked === 'system') return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  return 'dark';
}

export function followTheme(): void {
  const mode = themeMode();
  config.theme2 = createTheme({ colors: { mode } });
  config.theme = config.theme2.v1;
  document.body.classList.remove('theme-dark', 'theme-light');
  document.body.classList.add(`theme-${mode}`);
}
