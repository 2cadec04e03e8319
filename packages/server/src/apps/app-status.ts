/** What kinds made with the reference's app SDK have in common: an empty status, and a status subresource that stores one. */
import type { Subresource } from '../apiserver/kind.ts';
import { objectNotFound } from '../apiserver/status.ts';
import { Type } from '../web/schema.ts';

export const AppStatus = Type.Object({ operatorStates: Type.Optional(Type.Object({})), additionalFields: Type.Optional(Type.Object({})) });

/** Compat: listed, but found for no object. */
export const statusOf = (kind: string): Subresource => ({
  name: 'status', kind, verbs: ['get', 'patch', 'update'],
  handle: async ({ kind: of, name }) => {
    throw objectNotFound(of, name);
  },
});
