/** GET /api/v1/rules/history (alerting-rules §14). */
import { permission } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Routes } from '../../../web/route.ts';
import type { AlertFolders } from '../folders/alert-folders.ts';
import { demandRuleAccess } from '../rules/rule-access.ts';
import type { RuleService } from '../rules/rule-service.ts';
import type { StateHistory } from './history.ts';

const states = new Map(['Normal', 'Alerting', 'Pending', 'NoData', 'Error', 'Recovering'].map((s) => [s.toLowerCase(), s]));

export function historyRoutes(routes: Routes, { rules, folders, history }: { rules: Pick<RuleService, 'get'>; folders: AlertFolders; history: StateHistory }): void {
  routes.get('/api/v1/rules/history', { access: permission('alert.rules:read'), name: 'RouteQueryStateHistory' }, async ({ identity, search }) => {
    const seconds = (name: string) => (/^\d{1,12}$/.test(search.get(name) ?? '') ? Number(search.get(name)) * 1000 : 0);
    const state = (name: string) => {
      const text = search.get(name) ?? '';
      const known = states.get(text.toLowerCase());
      if (text !== '' && !known) throw new ApiError(400, `invalid ${name} state filter: unknown state '${text}'`);
      return known ?? '';
    };
    const [previous, current] = [state('previous'), state('current')];
    const ruleUid = search.get('ruleUID') ?? '';
    if (ruleUid === '') throw new ApiError(400, 'ruleUID is required to query annotations');
    const rule = await rules.get(identity.orgId, ruleUid);
    // Compat: the reference answers 500 to both refusals.
    if (!rule) throw new ApiError(404, 'failed to look up the requested rule');
    demandRuleAccess(identity, await folders.get(identity.orgId, rule.folderUid), rule.folderUid);
    const entries = await history.query({
      orgId: identity.orgId, ruleUid, from: seconds('from'), to: seconds('to'), limit: Number(search.get('limit')) || 0, previous, current,
      labels: Object.fromEntries([...search].filter(([k]) => k.startsWith('labels_')).map(([k, v]) => [k.slice('labels_'.length), v])),
    }, rule);
    const labels = { from: 'state-history', ruleUID: ruleUid };
    const field = (name: string, type: string, frame: string) => ({ name, type, typeInfo: { frame }, labels });
    return {
      schema: { name: 'states', fields: [field('time', 'time', 'time.Time'), field('text', 'string', 'string'), field('prev', 'string', 'string'), field('next', 'string', 'string'), field('data', 'string', 'string')] },
      data: { values: [entries.map((e) => e.at), entries.map((e) => e.text), entries.map((e) => e.previous), entries.map((e) => e.current), entries.map((e) => e.data)] },
    };
  });
}
