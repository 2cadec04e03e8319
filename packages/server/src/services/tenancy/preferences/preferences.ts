/** What people, teams and orgs prefer (identity-and-access §5.3, dashboards-and-content §11). */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface Preferences {
  readonly theme: string;
  readonly timezone: string;
  readonly weekStart: string;
  readonly language: string;
  readonly regionalFormat: string;
  readonly homeDashboardUid: string;
  readonly homeTab: string;
  /** Undefined: none were ever set. */
  readonly bookmarkUrls: readonly string[] | undefined;
}

/** Whose: exactly one of user and team, or neither for the org's own. */
export interface PreferencesOwner {
  readonly orgId: number;
  readonly userId?: number;
  readonly teamId?: number;
}

/** Undefined members stay as they are. */
export type PreferenceChanges = { readonly [K in keyof Preferences]?: Preferences[K] };

export interface PreferencesService {
  get(owner: PreferencesOwner): Promise<Preferences>;
  /** Replaces all but an omitted home dashboard. */
  replace(owner: PreferencesOwner, preferences: PreferenceChanges): Promise<void>;
  patch(owner: PreferencesOwner, changes: PreferenceChanges): Promise<void>;
  /** Defaults < org < teams < user. Kept until something is written. */
  effective(identity: Identity): Promise<Preferences>;
}

export const preferenceErrors = defineErrors('preferences', {
  invalidTheme: [400, 'Invalid theme'],
  invalidTimezone: [400, "Invalid timezone. Must be a valid IANA timezone (e.g., America/New_York), 'utc', 'browser', or empty string"],
  dashboardNotFound: [404, 'Dashboard not found'],
  notAUser: [401, 'Not a valid identity'],
});

export const noPreferences: Preferences = {
  theme: '', timezone: '', weekStart: '', language: '', regionalFormat: '', homeDashboardUid: '', homeTab: '', bookmarkUrls: undefined,
};

const themes = new Set([
  'light', 'dark', 'system', 'aubergine', 'debug', 'desertbloom', 'gildedgrove', 'gloom', 'mars', 'matrix', 'sapphiredusk', 'synthwave', 'tron', 'victorian', 'zen',
]);
export const isTheme = (text: string) => themes.has(text);

/** Compat: `[date_formats] default_timezone` takes names of the time zone database only; anything else, `utc` in small letters included, is the browser's. */
export const defaultTimezone = (text: string) => (text !== 'utc' && isTimezone(text) ? text : 'browser');

/** Names of the time zone database, in their own spelling. */
export function isTimezone(text: string): boolean {
  if (text === '' || text === 'utc' || text === 'browser' || text === 'Local' || text === 'UTC') return true;
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(text)) return false;
  // Bare offsets are understood by this runtime, but are no names.
  if (/^(GMT|UTC|UT)[+-]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
