/** Ways to sign in that can be configured here (identity-and-access §9). */
export interface Provider {
  readonly provider: string;
  readonly source: 'database' | 'system';
  readonly settings: Readonly<Record<string, unknown>>;
}

export const providerNames: Readonly<Record<string, string>> = { github: 'GitHub', gitlab: 'GitLab', google: 'Google', generic_oauth: 'Generic OAuth', azuread: 'Microsoft Entra ID', okta: 'Okta', ldap: 'LDAP', grafana_com: 'Grafana.com' };

/** What the server shows in place of a secret that it holds; sent back, it keeps it. */
export const kept = '*********';

export const isSecret = (key: string) => /secret|private|certificate|password|client_?key/i.test(key);

/** `roleAttributePath` -> `Role attribute path`. */
export function labelOf(key: string): string {
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().replace(/\b(url|tls|id|api|pkce|jwk|ca)\b/g, (word) => word.toUpperCase()).replace(/\bURL\b/g, 'URL');
  return words[0]!.toUpperCase() + words.slice(1);
}

const order: readonly (readonly [title: string, keys: readonly string[]])[] = [
  ['General', ['name', 'clientId', 'clientSecret', 'scopes', 'authUrl', 'tokenUrl', 'apiUrl', 'allowSignUp', 'autoLogin', 'signoutRedirectUrl', 'loginPrompt', 'icon']],
  ['Who may sign in', ['allowedDomains', 'allowedOrganizations', 'allowedGroups', 'teamIds', 'teamIdsAttributePath', 'teamsUrl', 'hostedDomain']],
  ['Roles', ['skipOrgRoleSync', 'roleAttributePath', 'roleAttributeStrict', 'orgMapping', 'orgAttributePath', 'groupsAttributePath', 'allowAssignGrafanaAdmin']],
  ['People', ['emailAttributeName', 'emailAttributePath', 'loginAttributePath', 'nameAttributePath', 'idTokenAttributeName']],
  ['Security', ['usePkce', 'useRefreshToken', 'validateIdToken', 'jwkSetUrl', 'authStyle', 'clientAuthentication', 'tlsSkipVerifyInsecure', 'tlsClientCert', 'tlsClientKey', 'tlsClientCa']],
];

/** The settings that are a text, a number or a switch, in groups; whatever the groups do not name comes last. */
export function inGroups(settings: Readonly<Record<string, unknown>>): readonly (readonly [title: string, keys: readonly string[]])[] {
  const shown = Object.keys(settings).filter((key) => key !== 'enabled' && ['string', 'boolean', 'number'].includes(typeof settings[key]));
  const named = new Set(order.flatMap(([, keys]) => keys));
  return [...order.map(([title, keys]) => [title, keys.filter((key) => shown.includes(key))] as const), ['More', shown.filter((key) => !named.has(key)).toSorted()] as const].filter(([, keys]) => keys.length > 0);
}
