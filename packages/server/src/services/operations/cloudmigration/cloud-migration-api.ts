/**
 * `/api/cloudmigration/…` (config-and-operations §19). A migration goes to a stack of Grafana Cloud, which hands out the token for it and takes the snapshots. This server speaks to
 * no cloud: it has no sessions, says so where one is asked for, and refuses to begin one. Who may ask is as in the reference, so that the frontend's page shows the same.
 */
import { permission } from '../../../web/access.ts';
import { defineErrors } from '../../../web/errors.ts';
import { json } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';

export const cloudMigrationErrors = defineErrors('cloudmigrations', {
  noCloud: [400, 'This server migrates to no cloud: sessions and their tokens cannot be created'],
  noToken: [404, 'Token not found'],
  noSession: [404, 'Session not found'],
  noSnapshot: [404, 'Snapshot not found'],
  invalidUid: [400, 'invalid session uid'],
});

/** Kinds of resources, each with those that have to go along. */
const resourceDependencies = [
  { resourceType: 'PLUGIN', dependencies: [] },
  { resourceType: 'FOLDER', dependencies: [] },
  { resourceType: 'DATASOURCE', dependencies: ['PLUGIN'] },
  { resourceType: 'LIBRARY_ELEMENT', dependencies: ['FOLDER'] },
  { resourceType: 'DASHBOARD', dependencies: ['FOLDER', 'DATASOURCE', 'LIBRARY_ELEMENT'] },
  { resourceType: 'MUTE_TIMING', dependencies: [] },
  { resourceType: 'NOTIFICATION_TEMPLATE', dependencies: [] },
  { resourceType: 'CONTACT_POINT', dependencies: ['NOTIFICATION_TEMPLATE'] },
  { resourceType: 'NOTIFICATION_POLICY', dependencies: ['CONTACT_POINT', 'MUTE_TIMING'] },
  { resourceType: 'ALERT_RULE', dependencies: ['DASHBOARD', 'NOTIFICATION_POLICY', 'CONTACT_POINT', 'MUTE_TIMING'] },
  { resourceType: 'ALERT_RULE_GROUP', dependencies: ['ALERT_RULE'] },
];

export function cloudMigrationRoutes(routes: Routes): void {
  const root = '/api/cloudmigration';
  const options = (name: string) => ({ access: permission('migrationassistant:migrate'), name, tag: 'migrations' });
  const refuse = (error: () => Error) => () => {
    throw error();
  };
  routes.get(`${root}/token`, options('getCloudMigrationToken'), refuse(cloudMigrationErrors.noToken));
  routes.post(`${root}/token`, options('createCloudMigrationToken'), refuse(cloudMigrationErrors.noCloud));
  routes.delete(`${root}/token/:uid`, options('deleteCloudMigrationToken'), refuse(cloudMigrationErrors.noToken));
  routes.get(`${root}/migration`, options('getSessionList'), () => json({ sessions: [] }));
  routes.post(`${root}/migration`, options('createSession'), refuse(cloudMigrationErrors.noCloud));
  routes.get(`${root}/migration/:uid`, options('getSession'), refuse(cloudMigrationErrors.noSession));
  routes.delete(`${root}/migration/:uid`, options('deleteSession'), refuse(cloudMigrationErrors.noSession));
  routes.get(`${root}/migration/:uid/snapshots`, options('getShapshotList'), () => json({ snapshots: [] }));
  routes.post(`${root}/migration/:uid/snapshot`, options('createSnapshot'), refuse(cloudMigrationErrors.invalidUid));
  routes.get(`${root}/migration/:uid/snapshot/:snapshot`, options('getSnapshot'), refuse(cloudMigrationErrors.noSnapshot));
  for (const step of ['upload', 'cancel'] as const) {
    routes.post(`${root}/migration/:uid/snapshot/:snapshot/${step}`, options(`${step}Snapshot`), refuse(cloudMigrationErrors.noSnapshot));
  }
  routes.get(`${root}/resources/dependencies`, options('getResourceDependencies'), () => json({ resourceDependencies }));
}
