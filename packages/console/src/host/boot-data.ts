/** What the server wrote into the page (frontend-contract §2.1), typed as far as the console reads it. */
import type { NavModelItem } from '@grafana/data';
import { config } from '@grafana/runtime';

export interface SignedInUser {
  readonly isSignedIn: boolean;
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly theme: string;
  readonly orgId: number;
  readonly orgName: string;
  readonly orgRole: string;
  readonly orgCount: number;
  readonly isGrafanaAdmin: boolean;
  readonly timezone: string;
  readonly weekStart: string;
  readonly gravatarUrl: string;
  readonly permissions?: Readonly<Record<string, boolean>>;
}

interface BootData {
  readonly user: SignedInUser;
  readonly navTree: readonly NavModelItem[];
}

const boot = () => (window as unknown as { grafanaBootData: BootData }).grafanaBootData;

export const user = (): SignedInUser => boot().user;
export const navTree = (): readonly NavModelItem[] => boot().navTree ?? [];
export const subPath = (): string => config.appSubUrl ?? '';

/** Whether the signed-in person holds an action on something; what exactly is the server's to decide when it is done. */
export const may = (action: string): boolean => boot().user.permissions?.[action] === true;
export const mayAny = (...actions: readonly string[]): boolean => actions.some(may);
