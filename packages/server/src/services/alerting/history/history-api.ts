/** GET /api/v1/rules/history (alerting-rules §14). */
import { permission } from '../../../web/access.ts';
import type { Identity } from '../../../web/identity.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Routes } from '../../../web/route.ts';
import { mayReadRules, type AlertFolders } from '../folders/alert-folders.ts';
import { demandRuleAccess } from '../rules/rule-access.ts';
import type { RuleService } from '../rules/rule-service.ts';
import type { StateHistory } from './history.ts';

const states = new Map(['Normal', 'Alerting', 'Pending', 'NoData', 'Error', 'Recovering'].map((s) => [s.toLowerCase(), s]));

/** What somebody may see of the history that query parameters ask for; a frame as JSON. */
export type StateHistoryQuery = (identity: Identity, search: URLSearchParams) => Promise<object>;

export function stateHistoryQuery({ rules, folders, history }: { rules: Pick<RuleService, 'get'>; folders: AlertFolders; history: StateHistory }): StateHistoryQuery {
  return async (identity, search) => {
    const number = (name: string) => (/^\d{1,12}$/.test(search.get(name) ?? '') ? Number(search.get(name)) : 0);
    const state = (name: string) => {
      const text = search.get(name) ?? '';
      const known = states.get(text.toLowerCase());
      if (text !== '' && !known) throw new ApiError(400, `invalid ${name} state filter: unknown state '${text}'`);
      return known ?? '';
    };
    const [previous, current] = [state('previous'), state('current')];
    const ruleUid = search.get('ruleUID') ?? '';
    const rule = ruleUid === '' ? undefined : await rules.get(identity.orgId, ruleUid);
    if (ruleUid !== '') {
      // Compat: the reference answers 500 to both refusals.
      if (!rule) throw new ApiError(404, 'failed to look up the requested rule');
      demandRuleAccess(identity, await folders.get(identity.orgId, rule.folderUid), rule.folderUid);
    }
    const all = [...(await folders.all(identity.orgId)).values()];
    const readable = all.filter((folder) => mayReadRules(identity, folder));
    return history.query({
      orgId: identity.orgId, ruleUid, dashboardUid: search.get('dashboardUID') ?? '', panelId: number('panelID'), from: number('from') * 1000, to: number('to') * 1000, limit: number('limit'), previous, current,
      labels: Object.fromEntries([...search].filter(([k]) => k.startsWith('labels_')).map(([k, v]) => [k.slice('labels_'.length), v])),
      folderUids: readable.length === all.length ? undefined : readable.map((folder) => folder.uid),
    }, rule);
  };
}

export function historyRoutes(routes: Routes, query: StateHistoryQuery): void {
  routes.get('/api/v1/rules/history', { access: permission('alert.rules:read'), name: 'RouteQueryStateHistory' }, ({ identity, search }) => query(identity, search));
}
