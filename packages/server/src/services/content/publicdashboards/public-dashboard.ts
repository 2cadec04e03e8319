/** Dashboards shared with everybody (dashboards-and-content §5). */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface PublicDashboard {
  readonly uid: string;
  readonly orgId: number;
  readonly dashboardUid: string;
  readonly accessToken: string;
  readonly timeSelectionEnabled: boolean;
  readonly isEnabled: boolean;
  readonly annotationsEnabled: boolean;
  readonly share: string;
  readonly createdBy: number;
  readonly createdAt: number;
  readonly updatedBy: number;
  readonly updatedAt: number;
}

export interface PublicDashboardInput {
  readonly uid: string;
  readonly accessToken: string;
  readonly timeSelectionEnabled?: boolean | undefined;
  readonly isEnabled?: boolean | undefined;
  readonly annotationsEnabled?: boolean | undefined;
  readonly share: string;
}

export interface PublicDashboardService {
  /** Throws when the dashboard is not shared. */
  ofDashboard(orgId: number, dashboardUid: string): Promise<PublicDashboard>;
  create(identity: Identity, dashboardUid: string, input: PublicDashboardInput): Promise<PublicDashboard>;
  update(identity: Identity, dashboardUid: string, uid: string, input: PublicDashboardInput): Promise<PublicDashboard>;
  delete(orgId: number, dashboardUid: string, uid: string): Promise<void>;
  /** By title; what the identity may read. */
  list(identity: Identity): Promise<readonly (PublicDashboard & { readonly title: string })[]>;
  /** What anybody with the token sees. Throws unless it exists and is enabled. */
  byToken(accessToken: string): Promise<PublicDashboard>;
  /** Whether the dashboard is shared and enabled. */
  isPublic(orgId: number, dashboardUid: string): Promise<boolean>;
  forgetDashboard(orgId: number, dashboardUid: string): Promise<void>;
}

export const publicDashboardErrors = defineErrors('publicdashboards', {
  notFound: [404, 'Dashboard not found', 'publicdashboards.notFound'],
  dashboardNotFound: [404, 'Dashboard not found', 'publicdashboards.dashboardNotFound'],
  panelNotFound: [404, 'Dashboard panel not found', 'publicdashboards.panelNotFound'],
  panelQueriesNotFound: [400, 'Failed to extract queries from panel', 'publicdashboards.panelQueriesNotFound'],
  invalidAccessToken: [400, 'Invalid access token', 'publicdashboards.invalidAccessToken'],
  invalidPanelId: [400, 'Invalid panel id', 'publicdashboards.invalidPanelId'],
  invalidUid: [400, 'Invalid Uid', 'publicdashboards.invalidUid'],
  invalidInterval: [400, 'intervalMS should be greater than 0', 'publicdashboards.invalidInterval'],
  maxDataPoints: [400, 'maxDataPoints should be greater than 0', 'publicdashboards.maxDataPoints'],
  invalidTimeRange: [400, 'Invalid time range', 'publicdashboards.invalidTimeRange'],
  invalidShareType: [400, 'Invalid share type', 'publicdashboards.invalidShareType'],
  badRequest: [400, 'BadRequest', 'publicdashboards.badRequest'],
  dashboardIsPublic: [400, 'Dashboard is already public', 'publicdashboards.dashboardIsPublic'],
  uidExists: [400, 'Public Dashboard Uid already exists', 'publicdashboards.uidExists'],
  accessTokenExists: [400, 'Public Dashboard Access Token already exists', 'publicdashboards.accessTokenExists'],
  notEnabled: [403, 'Dashboard paused', 'publicdashboards.notEnabled'],
});
