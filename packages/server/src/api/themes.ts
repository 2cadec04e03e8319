/** Themes of the frontend (frontend-contract §2.2). Pure. */
const lightThemes = new Set(['light', 'desertbloom']);
const themes = new Set(['light', 'dark', 'system']);
const extraThemes = new Set(['aubergine', 'debug', 'desertbloom', 'gildedgrove', 'gloom', 'mars', 'matrix', 'sapphiredusk', 'synthwave', 'tron', 'victorian', 'zen']);

export interface Theme {
  readonly id: string;
  readonly light: boolean;
}

/** The first of the wishes that is a theme, else the configured one. */
export function resolveTheme(fromUrl: string | null, preferred: string, configured: string, extrasEnabled: boolean): Theme {
  const valid = (id: string) => themes.has(id) || (extrasEnabled && extraThemes.has(id));
  const known = (id: string | null): id is string => id !== null && (themes.has(id) || extraThemes.has(id));
  const id = known(fromUrl) ? fromUrl : valid(preferred) ? preferred : themes.has(configured) || extraThemes.has(configured) ? configured : 'dark';
  return { id, light: lightThemes.has(id) };
}
