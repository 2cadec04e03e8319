import { specOf, type ApiObject } from '../../../apiserver/api-object.ts';
import { authorize } from '../../../apiserver/authorizer.ts';
import { authorOf } from '../../../apiserver/caller.ts';
import { checkName } from '../../../apiserver/decode.ts';
import type { Caller, KindBackend } from '../../../apiserver/kind.ts';
import { objectNotFound, statusOf } from '../../../apiserver/status.ts';
import { playlistKind, type PlaylistSpec } from '../../../apps/playlist/playlist-kind.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { shortUid } from '../../../util/short-uid.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Playlist, PlaylistService, PlaylistWrite } from './playlist.ts';

const version = 'v1';
const never = new AbortController().signal;

export function createPlaylistService({ backend }: { backend: KindBackend }): PlaylistService {
  /** Refusals and absences tell what the same request under `/apis` would be told. */
  async function as<T>(identity: Identity, verb: string, name: string, work: (caller: Caller) => Promise<T>): Promise<T> {
    const namespace = namespaceOf(identity.orgId);
    const path = `/apis/${playlistKind.group}/${version}/namespaces/${namespace}/${playlistKind.plural}${name === '' ? '' : `/${name}`}`;
    try {
      await authorize({ verb, group: playlistKind.group, version, resource: playlistKind.plural, subresource: '', name, namespace, path }, identity, undefined);
      return await work({ identity, author: authorOf(identity), namespace, orgId: identity.orgId, signal: never, agent: 'grafana' });
    } catch (error) {
      const status = statusOf(error, playlistKind);
      if (!status) throw error;
      throw new ApiError(status.code!, status.message ?? '', { extra: { traceID: '' }, cause: error });
    }
  }

  const options = { version, dryRun: false, fieldManager: '', fieldValidation: 'Ignore' as const };

  return {
    search: (identity, query) => as(identity, 'list', '', async (caller) => {
      const wanted = query.toLowerCase();
      const found: Playlist[] = [];
      let continueToken = '';
      do {
        const page = await backend.list!({ caller, version, labels: [], fields: [], limit: 500, continueToken, search: new URLSearchParams() });
        found.push(...page.items.map(playlistOf).filter((playlist) => playlist.name.toLowerCase().includes(wanted)));
        continueToken = page.metadata.continue ?? '';
      } while (continueToken !== '');
      return found;
    }),
    get: (identity, uid) => as(identity, 'get', uid, async (caller) => playlistOf(await backend.get!({ caller, version, name: uid, search: new URLSearchParams() }))),
    create: (identity, playlist) => as(identity, 'create', '', async (caller) => {
      const name = playlist.uid || shortUid();
      checkName(playlistKind, name);
      return playlistOf(await backend.create!({ ...options, caller, object: objectOf(caller, name, playlist) }));
    }),
    update: (identity, uid, playlist) => as(identity, 'update', uid, async (caller) => {
      const { object } = await backend.update!({
        ...options, caller, name: uid, subresource: '', retries: 5,
        change(current) {
          if (!current) throw objectNotFound(playlistKind, uid);
          return { ...current, specText: undefined, spec: specOfWrite(playlist), metadata: { ...current.metadata, resourceVersion: undefined } };
        },
      });
      return playlistOf(object);
    }),
    delete: (identity, uid) => as(identity, 'delete', uid, async (caller) => {
      await backend.delete!({ caller, version, name: uid, dryRun: false });
    }),
  };
}

function playlistOf(object: ApiObject): Playlist {
  const { title, interval, items } = specOf<PlaylistSpec>(object);
  return { uid: object.metadata.name ?? '', name: title, interval, items };
}

const specOfWrite = ({ name, interval, items }: PlaylistWrite): PlaylistSpec => ({ title: name, interval, items: items.map(({ type, value }) => ({ type, value })) });

const objectOf = (caller: Caller, name: string, playlist: PlaylistWrite): ApiObject => ({
  kind: playlistKind.kind, apiVersion: `${playlistKind.group}/${version}`, metadata: { name, namespace: caller.namespace }, spec: specOfWrite(playlist),
});
