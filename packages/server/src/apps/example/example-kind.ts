/** `example.grafana.app` (apiserver-and-storage §5): the demonstration group, as clients find it in discovery. */
import { Type, type TSchema } from '../../web/schema.ts';
import { allVerbs, defineKind, type GroupRoute } from '../../apiserver/kind.ts';
import { objectNotFound } from '../../apiserver/status.ts';
import { text } from '../../web/reply.ts';

const group = 'example.grafana.app';
const Link = Type.Object({ info: Type.String() });
const ExampleSpec = Type.Object({ firstField: Type.String(), secondField: Type.Integer(), list: Type.Optional(Link) });
const OldExampleSpec = Type.Object({ firstField: Type.Integer() });

const ExampleStatus = Type.Object({
  lastObservedGeneration: Type.Integer(), operatorStates: Type.Optional(Type.Object({})), additionalFields: Type.Optional(Type.Object({})),
});
/** The list is a chain: each link may have a next one. */
const chain = (depth: number): TSchema => Type.Object({ info: Type.String(), ...(depth > 0 ? { next: Type.Optional(chain(depth - 1)) } : {}) });
const DescribedSpec = Type.Object({ firstField: Type.String(), secondField: Type.Integer(), list: Type.Optional(chain(8)) });

const status = '{"lastObservedGeneration":0}';
const custom = { custom: { myField: '', otherField: '' } };

export const exampleKind = defineKind({
  group, kind: 'Example', plural: 'examples', singular: 'example', verbs: allVerbs, hasStatus: true,
  versions: [
    { name: 'v1alpha1', spec: ExampleSpec, described: DescribedSpec, status: ExampleStatus, more: { custom: Type.Object({ myField: Type.String(), otherField: Type.String() }) } },
    { name: 'v0alpha1', spec: OldExampleSpec, status: ExampleStatus },
  ],
  requiresTypeMeta: true,
  // Compat: readable for people without a role, as the reference's own authorizer has it.
  authorize: ({ verb }) => (verb === 'get' || verb === 'list' || verb === 'watch' ? 'allow' : undefined),
  managesFields: false,
  subresources: [
    ...(['custom', 'status'] as const).map((name) => ({
      name, kind: 'Example', verbs: ['get', 'patch', 'update'] as const, ...(name === 'custom' ? { versions: ['v1alpha1'] } : {}),
      handle: async ({ kind, name: object }: { kind: Parameters<typeof objectNotFound>[0]; name: string }) => {
        throw objectNotFound(kind, object);
      },
    })),
    {
      name: 'foo', kind: 'ResourceCallOptions', verbs: ['get'], versions: ['v1alpha1'],
      handle: async ({ name }) => text(`${JSON.stringify({ message: `Hello, ${name}!` })}\n`),
    },
  ],
  hooks: {
    admit: ({ object }) => ({ ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'example.grafana.app/mutated': '' } } }),
    present: (stored, version) => ({ statusText: stored.status || status, ...(version === 'v1alpha1' ? { more: custom } : {}) }),
  },
});

export const exampleRoutes: readonly GroupRoute[] = [
  {
    group, version: 'v1alpha1', path: 'something', methods: ['GET'], description: { operationId: 'getSomething', parameters: [['message', 'string']], hoists: true },
    handle: async ({ caller }) => text(`${JSON.stringify({ apiVersion: `${group}/v1alpha1`, namespace: caller.namespace, message: 'This is a namespaced route' })}\n`),
  },
  {
    group, version: 'v1alpha1', path: 'other', cluster: true, methods: ['GET'], description: { operationId: 'getOther', parameters: [['message', 'string']], hoists: true },
    handle: async () => text('{"message":"This is a cluster route"}\n'),
  },
];
