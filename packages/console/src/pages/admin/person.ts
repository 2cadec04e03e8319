/** People as the administration knows them. */
export interface Person {
  readonly uid: string;
  readonly name: string;
  readonly login: string;
  readonly email: string;
  /** What they sign in with, other than a password. */
  readonly authLabels: readonly string[] | null;
}

export interface ListedUser extends Person {
  readonly id: number;
  readonly isAdmin: boolean;
  readonly isDisabled: boolean;
  readonly lastSeenAt: string;
  readonly lastSeenAtAge: string;
}

export interface OrgUser extends Person {
  readonly userId: number;
  readonly role: string;
  readonly lastSeenAtAge: string;
  readonly isDisabled: boolean;
  readonly isExternallySynced: boolean;
  readonly accessControl?: Readonly<Record<string, boolean>>;
}

export interface UserProfile extends Person {
  readonly id: number;
  readonly isGrafanaAdmin: boolean;
  readonly isDisabled: boolean;
  readonly isExternal: boolean;
  readonly isExternallySynced: boolean;
  readonly isGrafanaAdminExternallySynced: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly accessControl?: Readonly<Record<string, boolean>>;
}

/** Who was never there was "last seen" ten years before their account was made. */
export const seenText = (age: string) => (age === '10 years' ? 'Never' : `${age} ago`);
