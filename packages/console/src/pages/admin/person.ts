/** People as the administration knows them. */
export interface ListedUser {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly login: string;
  readonly email: string;
  readonly isAdmin: boolean;
  readonly isDisabled: boolean;
  readonly lastSeenAt: string;
  readonly lastSeenAtAge: string;
  readonly authLabels: readonly string[] | null;
}

export interface OrgUser {
  readonly userId: number;
  readonly uid: string;
  readonly name: string;
  readonly login: string;
  readonly email: string;
  readonly role: string;
  readonly lastSeenAtAge: string;
  readonly isDisabled: boolean;
  readonly isExternallySynced: boolean;
  readonly authLabels: readonly string[] | null;
  readonly accessControl?: Readonly<Record<string, boolean>>;
}

export interface UserProfile {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly login: string;
  readonly email: string;
  readonly isGrafanaAdmin: boolean;
  readonly isDisabled: boolean;
  readonly isExternal: boolean;
  readonly isExternallySynced: boolean;
  readonly isGrafanaAdminExternallySynced: boolean;
  readonly authLabels: readonly string[] | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly accessControl?: Readonly<Record<string, boolean>>;
}

/** Who was never there was "last seen" ten years before their account was made. */
export const seenText = (age: string) => (age === '10 years' ? 'Never' : `${age} ago`);

export const roleOptions = ['None', 'Viewer', 'Editor', 'Admin'] as const;
