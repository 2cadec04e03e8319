import type { Ini } from './ini.ts';

/** `[security]` (config-and-operations §2.3). */
export interface SecuritySettings {
  readonly disableInitialAdminCreation: boolean;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly adminEmail: string;
  readonly secretKey: string;
  readonly disableGravatar: boolean;
  readonly cookieSecure: boolean;
  readonly cookieSameSite: 'lax' | 'strict' | 'none' | 'disabled';
  readonly allowEmbedding: boolean;
  readonly contentTypeProtection: boolean;
  readonly xssProtection: boolean;
  readonly strictTransportSecurity: boolean;
  readonly strictTransportSecurityMaxAge: number;
  readonly strictTransportSecurityPreload: boolean;
  readonly strictTransportSecuritySubdomains: boolean;
  readonly contentSecurityPolicy: boolean;
  readonly contentSecurityPolicyTemplate: string;
  readonly contentSecurityPolicyReportOnly: boolean;
  readonly contentSecurityPolicyReportOnlyTemplate: string;
  readonly csrfAlwaysCheck: boolean;
  readonly csrfTrustedOrigins: readonly string[];
  readonly csrfAdditionalHeaders: readonly string[];
  readonly actionsAllowPostUrl: readonly string[];
  readonly dataSourceProxyWhitelist: readonly string[];
  readonly bruteForceProtection: boolean;
  readonly bruteForceMaxAttempts: number;
  readonly usernameLoginProtection: boolean;
  readonly ipAddressLoginProtection: boolean;
}

export function readSecuritySettings(ini: Ini): SecuritySettings {
  const security = ini.section('security');
  const attempts = security.int('brute_force_login_protection_max_attempts', 5);
  // Other providers belong to other editions; secrets must not be sealed otherwise than was asked for.
  security.oneOf('encryption_provider', ['secretKey.v1', 'secretKey'], 'secretKey.v1');
  return {
    disableInitialAdminCreation: security.bool('disable_initial_admin_creation'),
    adminUser: security.string('admin_user', 'admin'),
    adminPassword: security.string('admin_password', 'admin'),
    adminEmail: security.string('admin_email', 'admin@localhost'),
    secretKey: security.string('secret_key'),
    disableGravatar: security.bool('disable_gravatar', true),
    cookieSecure: security.bool('cookie_secure'),
    cookieSameSite: security.oneOf('cookie_samesite', ['lax', 'strict', 'none', 'disabled'], 'lax'),
    allowEmbedding: security.bool('allow_embedding'),
    contentTypeProtection: security.bool('x_content_type_options', true),
    xssProtection: security.bool('x_xss_protection', true),
    strictTransportSecurity: security.bool('strict_transport_security'),
    strictTransportSecurityMaxAge: security.int('strict_transport_security_max_age_seconds', 86_400),
    strictTransportSecurityPreload: security.bool('strict_transport_security_preload'),
    strictTransportSecuritySubdomains: security.bool('strict_transport_security_subdomains'),
    contentSecurityPolicy: security.bool('content_security_policy'),
    contentSecurityPolicyTemplate: security.string('content_security_policy_template'),
    contentSecurityPolicyReportOnly: security.bool('content_security_policy_report_only'),
    contentSecurityPolicyReportOnlyTemplate: security.string('content_security_policy_report_only_template'),
    csrfAlwaysCheck: security.bool('csrf_always_check'),
    csrfTrustedOrigins: security.list('csrf_trusted_origins'),
    csrfAdditionalHeaders: security.list('csrf_additional_headers'),
    actionsAllowPostUrl: security.list('actions_allow_post_url'),
    dataSourceProxyWhitelist: security.list('data_source_proxy_whitelist'),
    bruteForceProtection: !security.bool('disable_brute_force_login_protection'),
    bruteForceMaxAttempts: attempts <= 0 ? 1 : attempts,
    usernameLoginProtection: !security.bool('disable_username_login_protection'),
    ipAddressLoginProtection: !security.bool('disable_ip_address_login_protection', true),
  };
}
