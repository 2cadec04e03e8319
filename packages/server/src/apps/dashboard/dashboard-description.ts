/** What the API description says of dashboards beyond their free-form spec. */
import type { TSchema } from 'typebox';
import type { KindVersion } from '../../apiserver/kind.ts';
import { Type } from '../../web/schema.ts';
import { isV2, type DashboardVersion } from './schema/convert.ts';
import { describedV2 } from './schema/v2-description.ts';
import { unknownInV2 } from './schema/v2-typed.ts';

const text = Type.Optional(Type.String());
const Rights = Type.Object({ canAdd: Type.Boolean(), canEdit: Type.Boolean(), canDelete: Type.Boolean() });

const DashboardStatus = Type.Object({
  conversion: Type.Optional(Type.Object({ failed: Type.Boolean(), storedVersion: text, error: text, source: Type.Optional(Type.Object({})) })),
});

const DashboardAccess = Type.Object({
  slug: text, url: text, isPublic: Type.Boolean(), canSave: Type.Boolean(), canEdit: Type.Boolean(), canAdmin: Type.Boolean(), canStar: Type.Boolean(), canDelete: Type.Boolean(),
  annotationsPermissions: Type.Object({ dashboard: Rights, organization: Rights }),
});

/** `metadata` is described once, in the shared schemas. */
const withAccessInfo = (spec: TSchema): TSchema => Type.Object({
  kind: text, apiVersion: text, metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } as unknown as TSchema, spec, status: DashboardStatus, access: DashboardAccess,
});

/** The second generation's spec is told in full, the first's is free. */
export function dashboardVersion(name: DashboardVersion): KindVersion {
  const about = { name, status: DashboardStatus, statusRequired: true };
  if (!isV2(name)) return { ...about, answers: { DashboardWithAccessInfo: withAccessInfo(Type.Object({})) } };
  const described = { $ref: 'DashboardSpec' } as unknown as TSchema;
  return { ...about, unknown: (spec) => unknownInV2(spec, name), described, definitions: describedV2(name), answers: { DashboardWithAccessInfo: withAccessInfo(described) } };
}
