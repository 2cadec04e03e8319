/** Alerting resources from files (alerting-rules §16): contact points, mute timings, templates, policies and rules, and what is to go. */
import { bindValue } from '../../../web/bind.ts';
import type { Interpolation } from '../../operations/provisioning/interpolation.ts';
import { ProvisioningError, type Provisioner, type ProvisioningFile, type ProvisioningFiles } from '../../operations/provisioning/provisioning.ts';
import { BadRoute, decodeRoute } from '../alertmanager/am-config.ts';
import type { AlertFolders } from '../folders/alert-folders.ts';
import type { NotificationService } from '../receivers/contact-points.ts';
import { provisioningAuthor } from '../rules/alert-rule.ts';
import { parseDuration } from '../rules/duration.ts';
import type { ProvisionedGroup, RuleService } from '../rules/rule-service.ts';
import { intervalsFrom } from './notification-provisioning-api.ts';
import { draftFrom, RuleBody } from './rule-provisioning-api.ts';
import { objectOf } from '../../../util/json-value.ts';

export interface AlertingProvisionerDeps {
  readonly files: ProvisioningFiles;
  readonly rules: RuleService;
  readonly folders: AlertFolders;
  readonly notifications: NotificationService;
  /** Makes a folder in another ('' for the root) and answers its uid. */
  readonly makeFolder: (orgId: number, title: string, parentUid: string) => Promise<string>;
  /** Alertmanagers take over what was written, instead of at their next look. */
  readonly apply: () => Promise<void>;
}

type Mapping = Readonly<Record<string, unknown>>;

export function createAlertingProvisioner({ files, rules, folders, notifications, makeFolder, apply }: AlertingProvisionerDeps): Provisioner {
  return {
    name: 'alerting',
    async provision() {
      const read = (await files.read('alerting', { json: true })).map((file) => reader(file, files.values));
      // Each kind of every file before the next kind: a policy may name a contact point of a later file.
      const steps: ((file: Reader) => Promise<void>)[] = [
        contactPoints, muteTimings, templates, policies, resetPolicies, deleteMuteTimings, deleteTemplates, ruleGroups, deleteRules, deleteContactPoints,
      ];
      for (const step of steps) {
        for (const file of read) {
          await step(file).catch((cause: unknown) => {
            throw cause instanceof ProvisioningError ? cause : new ProvisioningError(file.path, cause instanceof Error ? cause.message : String(cause), { cause });
          });
        }
      }
      if (read.length > 0) await apply();
    },
  };

  async function contactPoints(file: Reader): Promise<void> {
    const known = onceAnOrg(async (orgId) => new Set((await notifications.contactPoints(orgId)).map(({ uid }) => uid)));
    for (const item of file.list('contactPoints')) {
      const orgId = file.orgId(item);
      const name = file.required(item, 'name', 'a contact point');
      for (const receiver of file.listIn(item, 'receivers')) {
        const given = {
          uid: file.required(receiver, 'uid', `a receiver of ${name}`), name, type: file.required(receiver, 'type', `a receiver of ${name}`),
          settings: file.values.deep(receiver['settings'] ?? {}), disableResolveMessage: receiver['disableResolveMessage'] === true,
        };
        if ((await known.of(orgId)).has(given.uid)) await notifications.updateContactPoint(orgId, given, 'file');
        else await notifications.createContactPoint(orgId, given, 'file');
        (await known.of(orgId)).add(given.uid);
      }
    }
  }

  async function deleteContactPoints(file: Reader): Promise<void> {
    for (const item of file.list('deleteContactPoints')) await notifications.deleteContactPoint(file.orgId(item), file.required(item, 'uid', 'a contact point to delete'));
  }

  async function muteTimings(file: Reader): Promise<void> {
    const known = onceAnOrg(async (orgId) => new Set((await notifications.intervals(orgId)).map((interval) => interval.name)));
    for (const item of file.list('muteTimes')) {
      const orgId = file.orgId(item);
      const name = file.required(item, 'name', 'a mute timing');
      const given = { name, time_intervals: intervalsFrom(Array.isArray(item['time_intervals']) ? item['time_intervals'] : []) };
      if ((await known.of(orgId)).has(name)) await notifications.updateInterval(orgId, name, given, '', 'file');
      else await notifications.createInterval(orgId, given, 'file');
      (await known.of(orgId)).add(name);
    }
  }

  async function deleteMuteTimings(file: Reader): Promise<void> {
    for (const item of file.list('deleteMuteTimes')) await notifications.deleteInterval(file.orgId(item), file.required(item, 'name', 'a mute timing to delete'), '', 'file');
  }

  async function templates(file: Reader): Promise<void> {
    for (const item of file.list('templates')) {
      const name = file.required(item, 'name', 'a template');
      // The body is Go template text: a dollar in it is its own.
      if (typeof item['template'] !== 'string') throw new ProvisioningError(file.path, `the template ${name} has no text`);
      await notifications.setTemplate(file.orgId(item), name, item['template'].trim(), '', 'file');
    }
  }

  async function deleteTemplates(file: Reader): Promise<void> {
    for (const item of file.list('deleteTemplates')) await notifications.deleteTemplate(file.orgId(item), file.required(item, 'name', 'a template to delete'), '', 'file');
  }

  async function policies(file: Reader): Promise<void> {
    for (const item of file.list('policies')) {
      const { orgId: _, ...route } = file.values.deep(item) as Mapping;
      try {
        await notifications.setPolicies(file.orgId(item), decodeRoute(route), 'file');
      } catch (error) {
        if (error instanceof BadRoute) throw new ProvisioningError(file.path, `policies: ${error.message}`, { cause: error });
        throw error;
      }
    }
  }

  async function resetPolicies(file: Reader): Promise<void> {
    for (const orgId of file.values1('resetPolicies')) await notifications.resetPolicies(typeof orgId === 'number' && orgId > 0 ? orgId : 1, 'file');
  }

  async function deleteRules(file: Reader): Promise<void> {
    for (const item of file.list('deleteRules')) {
      const rule = await rules.get(file.orgId(item), file.required(item, 'uid', 'a rule to delete'));
      if (rule) await rules.delete([rule], { author: provisioningAuthor });
    }
  }

  async function ruleGroups(file: Reader): Promise<void> {
    for (const group of file.list('groups')) {
      const orgId = file.orgId(group);
      const name = file.required(group, 'name', 'a rule group');
      const intervalText = file.required(group, 'interval', `the rule group ${name}`);
      const intervalMs = parseDuration(intervalText);
      if (intervalMs === undefined) throw new ProvisioningError(file.path, `the rule group ${name} has no valid interval: ${intervalText}`);
      const intervalSeconds = Math.trunc(intervalMs / 1000);
      const folderUid = await folderFor(orgId, file.required(group, 'folder', `the rule group ${name}`));
      const list = file.listIn(group, 'rules').map((item, groupIndex) => ruleOf(file, item, { orgId, group: name, folderUid, intervalSeconds, groupIndex }));
      await rules.provisionGroup({ orgId, folderUid, group: name, intervalSeconds, rules: list });
    }
  }

  function ruleOf(file: Reader, item: Mapping, place: { orgId: number; group: string; folderUid: string; intervalSeconds: number; groupIndex: number }): ProvisionedGroup['rules'][number] {
    const { orgId, groupIndex, intervalSeconds } = place;
    const uid = file.required(item, 'uid', `a rule of ${place.group}`);
    const title = file.required(item, 'title', `the rule ${uid}`);
    const text = (key: string) => file.text(item, key);
    // Annotations are Go templates, query models belong to their data sources: a dollar in them is their own.
    const annotations = objectOf(item['annotations']);
    const given = { dashboardUid: text('dashboardUid') || text('dasboardUid'), panelId: text('panelId') };
    const panel = {
      dashboardUid: given.dashboardUid || String(annotations['__dashboardUid__'] ?? ''),
      panelId: [given.panelId, String(annotations['__panelId__'] ?? '')].filter((id) => /^-?\d{1,15}$/.test(id)).map(Number).find((id) => id !== 0) ?? 0,
    };
    const missing = item['missing_series_evals_to_resolve'];
    const record = item['record'] ? objectOf(file.values.deep(item['record'])) : undefined;
    const body = bindValue(RuleBody, {
      uid, title, orgID: orgId, folderUID: place.folderUid, ruleGroup: place.group, condition: text('condition'), data: item['data'],
      noDataState: text('noDataState') || 'NoData', execErrState: text('execErrState') || 'Alerting', for: text('for') || '0s', keep_firing_for: text('keepFiringFor') || '0s',
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, String(value)])),
      labels: Object.fromEntries(Object.entries(objectOf(file.values.deep(item['labels'] ?? {}))).map(([key, value]) => [key, String(value)])),
      isPaused: file.values.retyped(item['isPaused']) === true,
      ...(item['notification_settings'] ? { notification_settings: file.values.deep(item['notification_settings']) } : {}),
      ...(record ? { record: { ...record, target_datasource_uid: record['target_datasource_uid'] ?? record['targetDatasourceUid'] ?? '' } } : {}),
      ...(typeof missing === 'number' ? { missingSeriesEvalsToResolve: missing } : {}),
    });
    return { draft: { ...draftFrom(body), intervalSeconds, groupIndex }, panel };
  }

  /** A path of titles; folders that are missing are made, level by level. */
  async function folderFor(orgId: number, path: string): Promise<string> {
    let parentUid = '';
    for (const title of path.split(/(?<!\\)\//).map((part) => part.replaceAll('\\/', '/'))) {
      const found = [...(await folders.all(orgId)).values()].find((folder) => folder.parentUid === parentUid && folder.title === title);
      parentUid = found?.uid ?? (await makeFolder(orgId, title, parentUid));
    }
    return parentUid;
  }
}

/** What an organization has, read when it is first asked for. */
function onceAnOrg<T>(read: (orgId: number) => Promise<T>): { of(orgId: number): Promise<T> } {
  const known = new Map<number, Promise<T>>();
  return {
    of(orgId) {
      const found = known.get(orgId) ?? read(orgId);
      known.set(orgId, found);
      return found;
    },
  };
}

interface Reader {
  readonly path: string;
  readonly values: Interpolation;
  list(key: string): readonly Mapping[];
  values1(key: string): readonly unknown[];
  listIn(item: Mapping, key: string): readonly Mapping[];
  orgId(item: Mapping): number;
  /** Interpolated; numbers and booleans as text; '' for nothing. */
  text(item: Mapping, key: string): string;
  /** As `text`; throws when there is none. */
  required(item: Mapping, key: string, of: string): string;
}

function reader({ path, content }: ProvisioningFile, values: Interpolation): Reader {
  const items = (value: unknown, key: string): readonly unknown[] => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new ProvisioningError(path, `${key} is not a list`);
    return value;
  };
  const mappings = (value: unknown, key: string) => items(value, key).map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new ProvisioningError(path, `${key} has an item that is not a mapping`);
    return item as Mapping;
  });
  const text = (item: Mapping, key: string) => {
    const value = item[key];
    if (typeof value === 'string') return values.text(value);
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  };
  return {
    path, values, text,
    list: (key) => mappings(content[key], key),
    values1: (key) => items(content[key], key).map((value) => values.retyped(value)),
    listIn: (item, key) => mappings(item[key], key),
    orgId(item) {
      const value = values.retyped(item['orgId']);
      return typeof value === 'number' && value >= 1 ? Math.trunc(value) : 1;
    },
    required(item, key, of) {
      const found = text(item, key);
      if (found.trim() === '') throw new ProvisioningError(path, `${of} has no ${key}`);
      return found;
    },
  };
}

