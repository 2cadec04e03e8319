/** Who may see and change silences (alerting-notifications §4). */
import type { Identity } from '../../../web/identity.ts';
import type { AlertFolder, AlertFolders } from '../folders/alert-folders.ts';
import { ruleUidLabel, unauthorized, type AlertRule } from '../rules/alert-rule.ts';
import type { RuleService } from '../rules/rule-service.ts';
import type { SilenceMatcher } from './silences.ts';

export type SilenceAction = 'read' | 'create' | 'write';

/** The rule that a silence is for, if it is for one. */
export const ruleUidOf = (matchers: readonly SilenceMatcher[]): string | undefined => matchers.find((m) => m.name === ruleUidLabel && m.isEqual && !m.isRegex)?.value;

export interface SilenceRule {
  readonly rule: AlertRule | undefined;
  readonly folder: AlertFolder | undefined;
}

export interface SilenceAccess {
  /** Rules and folders of the given silences. */
  rulesOf(orgId: number, silences: readonly { readonly matchers: readonly SilenceMatcher[] }[]): Promise<(matchers: readonly SilenceMatcher[]) => SilenceRule | undefined>;
  may(identity: Identity, action: SilenceAction, of: SilenceRule | undefined): boolean;
  demand(identity: Identity, action: SilenceAction, of: SilenceRule | undefined): void;
}

export function createSilenceAccess({ rules, folders }: { rules: Pick<RuleService, 'list'>; folders: AlertFolders }): SilenceAccess {
  const may = (identity: Identity, action: SilenceAction, of: SilenceRule | undefined): boolean => {
    const { permissions } = identity;
    if (permissions.has(`alert.instances:${action}`)) return true;
    if (!of) return action === 'read' && permissions.has('alert.silences:read');
    return of.folder !== undefined && permissions.has(`alert.silences:${action}`, ...of.folder.scopes);
  };
  return {
    async rulesOf(orgId, silences) {
      const uids = [...new Set(silences.map((s) => ruleUidOf(s.matchers)).filter((u) => u !== undefined))];
      if (uids.length === 0) return () => undefined;
      const [list, all] = await Promise.all([rules.list({ orgId, uids }), folders.all(orgId)]);
      const byUid = new Map(list.map((r) => [r.uid, r]));
      return (matchers) => {
        const uid = ruleUidOf(matchers);
        if (uid === undefined) return undefined;
        const rule = byUid.get(uid);
        return { rule, folder: rule && all.get(rule.folderUid) };
      };
    },
    may,
    demand(identity, action, of) {
      if (may(identity, action, of)) return;
      const verb = action === 'read' ? 'read' : action === 'create' ? 'create' : 'update';
      if (!of) throw unauthorized(`${verb} a general silence`, `all(action:alert.instances:${action} scopes: any(alert.instances:read alert.silences:read))`);
      throw unauthorized(`${verb} a silence for rule in folder ${of.folder?.uid ?? ''}`);
    },
  };
}
