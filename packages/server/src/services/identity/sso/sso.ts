/** Settings of identity providers, from the INI file and, over it, from the database (identity-and-access §9). */
import { ApiError, defineErrors } from '../../../web/errors.ts';

/** Settings by their INI names; secrets in the clear. */
export type ProviderSettings = Readonly<Record<string, unknown>>;

export interface SsoEntry {
  readonly provider: string;
  readonly settings: ProviderSettings;
  readonly source: 'system' | 'database';
}

export interface SsoSettingsService {
  /** Providers that may be looked at and changed here. */
  readonly providers: readonly string[];
  /** Rejects with `notFound` for others. */
  get(provider: string): Promise<SsoEntry>;
  /** What holds now, for whoever signs people in. Empty for unknown providers. */
  effective(provider: string): ProviderSettings;
  /** `actor`: some settings are for server administrators only. */
  replace(provider: string, settings: ProviderSettings, actor: { readonly isGrafanaAdmin: boolean }): Promise<void>;
  patch(provider: string, settings: ProviderSettings, actor: { readonly isGrafanaAdmin: boolean }): Promise<void>;
  reset(provider: string): Promise<void>;
  /** Reads the database again: at start, and every minute for what other instances wrote. */
  reload(): Promise<void>;
  onChange(listener: (provider: string) => void): void;
}

export const ssoErrors = defineErrors('sso', {
  notFound: [404, 'The provider was not found.', 'sso.notFound'],
  ldapFailed: [400, 'Failed to update provider settings'],
  noSettings: [400, 'At least one setting must be provided'],
  unreadable: [400, 'Failed to parse request body'],
});

export const invalidOauthConfig = (message: string) => new ApiError(400, message, { messageId: 'sso.invalidOauthConfig' });

export const redacted = '*********';

export const isSecretKey = (key: string) => /secret|private|certificate|password|client_key/.test(key);

export const toCamel = (key: string) => key.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
export const toSnake = (key: string) => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
