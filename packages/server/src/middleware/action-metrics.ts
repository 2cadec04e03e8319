/** What the reference counts and times by what people do rather than by route (config-and-operations §8). */
import { Counter, type Registry } from 'prom-client';
import { createTallySummary } from '../infra/metrics/tally-summary.ts';

/** Metric, help, the requests that count; those that succeed only. */
const counted: readonly (readonly [name: string, help: string, requests: readonly string[]])[] = [
  ['api_user_signup_started_total', 'people that began to sign up', ['POST /api/user/signup']],
  ['api_user_signup_completed_total', 'people that have signed up', ['POST /api/user/signup/step2']],
  ['api_user_signup_invite_total', 'people that have accepted an invite', ['POST /api/user/invite/complete']],
  ['api_admin_user_created_total', 'users created by an administrator', ['POST /api/admin/users']],
  ['api_login_post_total', 'sign-ins with a password', ['POST /login']],
  ['api_login_oauth_total', 'sign-ins by OAuth', ['GET /login/:name']],
  ['api_login_saml_total', 'sign-ins by SAML', []],
  ['api_org_create_total', 'organizations created', ['POST /api/orgs']],
  ['api_dashboard_snapshot_create_total', 'snapshots created', ['POST /api/snapshots']],
  ['api_dashboard_snapshot_external_total', 'snapshots created elsewhere', []],
  ['api_dashboard_snapshot_get_total', 'snapshots read', ['GET /api/snapshots/:key']],
  ['api_models_dashboard_insert_total', 'dashboards inserted', ['POST /api/dashboards/db', 'POST /api/dashboards/import']],
  ['public_dashboard_request_count', 'requests of public dashboards', ['GET /api/public/dashboards/:accessToken']],
];

const timed: readonly (readonly [name: string, help: string, requests: readonly string[]])[] = [
  ['api_dashboard_get_milliseconds', 'reading a dashboard', ['GET /api/dashboards/uid/:uid']],
  ['api_dashboard_save_milliseconds', 'saving a dashboard', ['POST /api/dashboards/db']],
  ['api_dashboard_search_milliseconds', 'searching dashboards', ['GET /api/search']],
  ['api_dataproxy_request_all_milliseconds', 'requests through the data source proxy', [
    'GET /api/datasources/proxy/uid/:uid/*', 'POST /api/datasources/proxy/uid/:uid/*', 'GET /api/datasources/proxy/:id/*', 'POST /api/datasources/proxy/:id/*',
  ]],
];

/** Compat: where the reference counts that it still worked with numeric folder ids. */
const folderIds: readonly (readonly [method: string, requests: readonly string[]])[] = [
  ['Search', ['GET /api/search']], ['GetDashboard', ['GET /api/dashboards/uid/:uid']], ['PostDashboard', ['POST /api/dashboards/db']], ['ImportDashboard', ['POST /api/dashboards/import']],
  ['GetFolders', ['GET /api/folders']], ['GetFolderByID', ['GET /api/folders/id/:folder_id']], ['LibraryElements', ['GET /api/library-elements', 'POST /api/library-elements']],
];

export type ActionSeen = (status: number, seconds: number) => void;

/** What to do when a request of this kind has been answered, worked out once a kind. */
export function createActionMetrics(registry: Registry): (method: string, handler: string) => ActionSeen | undefined {
  const actions = new Map<string, ActionSeen>();
  const registers = [registry];
  for (const [name, help, requests] of counted) {
    const counter = new Counter({ name: `grafana_${name}`, help: `Number of ${help}.`, registers });
    for (const request of requests) actions.set(request, (status) => { if (status < 400) counter.inc(); });
  }
  const byFolderId = new Counter({ name: 'grafana_folder_id_api_count', help: 'Number of requests that may name folders by id.', labelNames: ['method'], registers });
  for (const [method, requests] of folderIds) {
    const counter = byFolderId.labels({ method });
    for (const request of requests) {
      const counts = actions.get(request);
      actions.set(request, (status, seconds) => {
        counts?.(status, seconds);
        counter.inc();
      });
    }
  }
  for (const [name, help, requests] of timed) {
    const observe = createTallySummary(registry, { name: `grafana_${name}`, help: `Milliseconds of ${help}.`, percentiles: [0.5, 0.9, 0.99], maxAgeSeconds: 600, ageBuckets: 5 });
    for (const request of requests) {
      const counts = actions.get(request);
      actions.set(request, (status, seconds) => {
        counts?.(status, seconds);
        observe(seconds * 1000);
      });
    }
  }
  return (method, handler) => actions.get(`${method} ${handler}`);
}
