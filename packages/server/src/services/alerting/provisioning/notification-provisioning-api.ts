/** Contact points, policies, mute timings and templates: what Terraform uses (alerting-notifications §6.1). */
import { readNotifications } from './provisioning-access.ts';
import { Type } from '../../../web/schema.ts';
import { allOf, anyOf, may, rbac } from '../../../web/access.ts';
import { BindError } from '../../../web/bind.ts';
import { json, note, Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { BadRoute, decodeRoute } from '../alertmanager/am-config.ts';
import { BadInterval, normalInterval, type TimeIntervalJson } from '../alertmanager/time-intervals.ts';
import type { NotificationService } from '../receivers/contact-points.ts';
import { notificationErrors } from '../receivers/contact-points.ts';
import { mayReadReceiver } from '../receivers/receiver-access.ts';
import { redactedSettings } from '../receivers/receiver-secrets.ts';
import type { Provenance } from '../rules/alert-rule.ts';

const write = rbac(anyOf(may('alert.provisioning:write'), may('alert.notifications.provisioning:write'), allOf(may('alert.notifications:write'), may('alert.provisioning.provenance:write'))));

/** The header's presence counts, whatever its value. */
export const stampOf = (ctx: Pick<RequestContext, 'headers'>): Provenance => (ctx.headers['x-disable-provenance'] === undefined ? 'api' : '');
const shown = (provenance: Provenance) => (provenance === '' ? {} : { provenance });

const ContactPointBody = Type.Object({ uid: Type.String(), name: Type.String(), type: Type.String(), settings: Type.Unknown(), disableResolveMessage: Type.Boolean() });
const TimingBody = Type.Object({ name: Type.String(), time_intervals: Type.Unknown(), version: Type.String() });
const TemplateBody = Type.Object({ template: Type.String(), version: Type.String() });

/** Answers of deletions carry the JSON type without a body. */
export const deleted = () => new Reply(204, null, { 'content-type': 'application/json' });

/** Intervals that do not parse are a body that cannot be read. */
export function intervalsFrom(raw: unknown): TimeIntervalJson[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) throw new BindError('time_intervals', 'is not a list');
  return raw.map((item: unknown, i) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new BindError(`time_intervals.${i}`, 'is not an object');
    try {
      return normalInterval(item as TimeIntervalJson);
    } catch (error) {
      if (error instanceof BadInterval) throw new BindError(`time_intervals.${i}`, error.message);
      throw error;
    }
  });
}

export function notificationProvisioningRoutes(routes: Routes, notifications: NotificationService): void {
  const p = '/api/v1/provisioning';

  routes.get(`${p}/contact-points`, { access: readNotifications, name: 'RouteGetContactpoints' }, async ({ identity, search }) => {
    const name = search.get('name') ?? '';
    const all = await notifications.contactPoints(identity.orgId);
    const trusted = ['alert.provisioning:read', 'alert.notifications.provisioning:read', 'alert.provisioning.secrets:read'].some((a) => identity.permissions.has(a));
    return all.filter((c) => (name === '' || c.name === name) && (trusted || mayReadReceiver(identity, c.name)))
      .map((c) => ({ uid: c.uid, name: c.name, type: c.type, settings: redactedSettings(c), disableResolveMessage: c.disableResolveMessage, ...shown(c.provenance) }));
  });

  routes.post(`${p}/contact-points`, { access: write, body: ContactPointBody, name: 'RoutePostContactpoints' }, async (ctx) => {
    const made = await notifications.createContactPoint(ctx.identity.orgId, ctx.body, stampOf(ctx), ctx.identity.uid);
    return json({ uid: made.uid, name: made.name, type: made.type, settings: redactedSettings(made, false), disableResolveMessage: made.disableResolveMessage }, 202);
  });

  routes.put(`${p}/contact-points/:UID`, { access: write, body: ContactPointBody, name: 'RoutePutContactpoint' }, async (ctx) => {
    await notifications.updateContactPoint(ctx.identity.orgId, { ...ctx.body, uid: ctx.params['UID']! }, stampOf(ctx));
    return note('contactpoint updated', {}, 202);
  });

  routes.delete(`${p}/contact-points/:UID`, { access: write, name: 'RouteDeleteContactpoints' }, async ({ identity, params }) => {
    await notifications.deleteContactPoint(identity.orgId, params['UID']!);
    return note('contactpoint deleted', {}, 202);
  });

  routes.get(`${p}/policies`, { access: readNotifications, name: 'RouteGetPolicyTree' }, async ({ identity }) => {
    const { route, provenance } = await notifications.policies(identity.orgId);
    return { ...route, ...shown(provenance) };
  });

  routes.put(`${p}/policies`, { access: write, body: Type.Record(Type.String(), Type.Unknown()), name: 'RoutePutPolicyTree' }, async (ctx) => {
    let route: ReturnType<typeof decodeRoute>;
    try {
      route = decodeRoute(ctx.body);
    } catch (error) {
      if (error instanceof BadRoute) throw new BindError('', error.message);
      throw error;
    }
    await notifications.setPolicies(ctx.identity.orgId, route, stampOf(ctx));
    return note('policies updated', {}, 202);
  });

  routes.delete(`${p}/policies`, { access: write, name: 'RouteResetPolicyTree' }, async (ctx) => json(await notifications.resetPolicies(ctx.identity.orgId, stampOf(ctx)), 202));

  type Interval = Awaited<ReturnType<NotificationService['intervals']>>[number];
  const timing = (i: Interval) => ({ name: i.name, time_intervals: i.time_intervals, version: i.version, ...shown(i.provenance) });

  routes.get(`${p}/mute-timings`, { access: readNotifications, name: 'RouteGetMuteTimings' }, async ({ identity }) => (await notifications.intervals(identity.orgId)).map(timing));
  routes.get(`${p}/mute-timings/:name`, { access: readNotifications, name: 'RouteGetMuteTiming' }, async ({ identity, params }) => {
    const found = (await notifications.intervals(identity.orgId)).find((i) => i.name === params['name']);
    if (!found) throw notificationErrors.intervalNotFound();
    return timing(found);
  });
  routes.post(`${p}/mute-timings`, { access: write, body: TimingBody, name: 'RoutePostMuteTiming' }, async (ctx) => {
    if (ctx.body.name === '') throw new BindError('name', 'is missing');
    return json(timing(await notifications.createInterval(ctx.identity.orgId, { name: ctx.body.name, time_intervals: intervalsFrom(ctx.body.time_intervals) }, stampOf(ctx))), 201);
  });
  routes.put(`${p}/mute-timings/:name`, { access: write, body: TimingBody, name: 'RoutePutMuteTiming' }, async (ctx) => {
    if (ctx.body.name === '') throw new BindError('name', 'is missing');
    return json(timing(await notifications.updateInterval(ctx.identity.orgId, ctx.params['name']!, { name: ctx.body.name, time_intervals: intervalsFrom(ctx.body.time_intervals) }, ctx.body.version, stampOf(ctx))), 202);
  });
  routes.delete(`${p}/mute-timings/:name`, { access: write, name: 'RouteDeleteMuteTiming' }, async (ctx) => {
    await notifications.deleteInterval(ctx.identity.orgId, ctx.params['name']!, ctx.search.get('version') ?? '', stampOf(ctx));
    return deleted();
  });

  type Template = Awaited<ReturnType<NotificationService['templates']>>[number];
  const template = (t: Template) => ({ name: t.name, template: t.template, ...shown(t.provenance), version: t.version });
  const templateUid = (name: string) => Buffer.from(`grafana|${name}`).toString('base64url');

  routes.get(`${p}/templates`, { access: readNotifications, name: 'RouteGetTemplates' }, async ({ identity }) => {
    const all = await notifications.templates(identity.orgId);
    // Compat: null, not an empty list, when there are none.
    return json(all.length === 0 ? null : all.map(template));
  });
  routes.get(`${p}/templates/:name`, { access: readNotifications, name: 'RouteGetTemplate' }, async ({ identity, params }) => {
    const all = await notifications.templates(identity.orgId);
    const found = all.find((t) => t.name === params['name']) ?? all.find((t) => templateUid(t.name) === params['name']);
    if (!found) throw notificationErrors.templateNotFound();
    return template(found);
  });
  routes.put(`${p}/templates/:name`, { access: write, body: TemplateBody, name: 'RoutePutTemplate' }, async (ctx) =>
    json(template(await notifications.setTemplate(ctx.identity.orgId, ctx.params['name']!, ctx.body.template, ctx.body.version, stampOf(ctx))), 202));
  routes.delete(`${p}/templates/:name`, { access: write, name: 'RouteDeleteTemplate' }, async (ctx) => {
    const all = await notifications.templates(ctx.identity.orgId);
    const name = all.find((t) => t.name === ctx.params['name'])?.name ?? all.find((t) => templateUid(t.name) === ctx.params['name'])?.name ?? ctx.params['name']!;
    await notifications.deleteTemplate(ctx.identity.orgId, name, ctx.search.get('version') ?? '', stampOf(ctx));
    return deleted();
  });
}
