/** What the API description says of dashboards beyond their free-form spec. */
import type { TSchema } from 'typebox';
import { Type } from '../../web/schema.ts';

const text = Type.Optional(Type.String());
const Rights = Type.Object({ canAdd: Type.Boolean(), canEdit: Type.Boolean(), canDelete: Type.Boolean() });

export const DashboardStatus = Type.Object({
  conversion: Type.Optional(Type.Object({ failed: Type.Boolean(), storedVersion: text, error: text, source: Type.Optional(Type.Object({})) })),
});

const DashboardAccess = Type.Object({
  slug: text, url: text, isPublic: Type.Boolean(), canSave: Type.Boolean(), canEdit: Type.Boolean(), canAdmin: Type.Boolean(), canStar: Type.Boolean(), canDelete: Type.Boolean(),
  annotationsPermissions: Type.Object({ dashboard: Rights, organization: Rights }),
});

/** `metadata` is described once, in the shared schemas. */
export const DashboardWithAccessInfo: TSchema = Type.Object({
  kind: text, apiVersion: text, metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } as unknown as TSchema, spec: Type.Object({}),
  status: DashboardStatus, access: DashboardAccess,
});
