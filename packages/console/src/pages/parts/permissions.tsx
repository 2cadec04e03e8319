/** Who may do what with one thing: the resource permissions of the server (identity-and-access §11.1), for every kind of thing that has them. */
import { Badge, Button, IconButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Shown } from '../../app/page.tsx';
import { orgRoles, peopleOfOrg, serviceAccountsOfOrg, teamsOfOrg } from './choices.ts';
import { Confirmed } from './confirmed.tsx';
import { PickField } from './fields.tsx';
import { Section } from './section.tsx';
import { Table } from './table.tsx';

interface Description {
  readonly assignments: { readonly users: boolean; readonly serviceAccounts: boolean; readonly teams: boolean; readonly builtInRoles: boolean };
  /** From the least to the most. */
  readonly permissions: readonly string[];
}

interface Entry {
  readonly id: number;
  readonly isManaged: boolean;
  readonly isInherited: boolean;
  readonly isServiceAccount: boolean;
  readonly userId?: number;
  readonly userUid?: string;
  readonly userLogin?: string;
  readonly team?: string;
  readonly teamId?: number;
  readonly builtInRole?: string;
  readonly permission: string;
}

type Kind = 'user' | 'serviceAccount' | 'team' | 'role';

const kindNames: Readonly<Record<Kind, string>> = { user: 'Person', serviceAccount: 'Service account', team: 'Team', role: 'Role' };
const kindOf = (entry: Entry): Kind => (entry.builtInRole ? 'role' : entry.teamId ? 'team' : entry.isServiceAccount ? 'serviceAccount' : 'user');
const nameOf = (entry: Entry) => entry.builtInRole ?? entry.team ?? entry.userLogin ?? '';
/** A role that gives the same by its basic role and as the server's own is one line. */
const keyOf = (entry: Entry) => `${pathOf(entry)} ${entry.id} ${entry.isManaged} ${entry.isInherited} ${entry.permission}`;
const pathOf = (entry: Entry) => (entry.builtInRole ? `builtInRoles/${entry.builtInRole}` : entry.teamId ? `teams/${entry.teamId}` : `users/${entry.userUid ?? entry.userId}`);

export interface PermissionsProps {
  /** `folders`, `dashboards`, `teams`, `serviceaccounts`, `receivers`, `datasources`. */
  readonly resource: string;
  readonly id: string | number;
  readonly mayWrite: boolean;
  readonly title?: string;
  readonly description?: string;
  /** After a change, for pages that count members or show what one may. */
  readonly onChanged?: () => void;
}

export function Permissions({ resource, id, mayWrite, title = 'Permissions', description, onChanged }: PermissionsProps) {
  const base = `/api/access-control/${resource}`;
  const of = `${base}/${encodeURIComponent(id)}`;
  const loaded = useLoaded(async () => {
    const [described, entries] = await Promise.all([api.get<Description>(`${base}/description`), api.get<readonly Entry[]>(of)]);
    return { described, entries };
  }, of);
  const [adding, setAdding] = useState(false);
  const set = async (path: string, permission: string, done: string) => {
    const worked = await attempt(() => api.post(`${of}/${path}`, { permission }), done, 'The permission could not be changed');
    if (worked) {
      loaded.reload();
      onChanged?.();
    }
    return worked;
  };
  return (
    <Section title={title} description={description} actions={mayWrite && !adding && <Button icon="plus" onClick={() => setAdding(true)}>{resource === 'teams' ? 'Add member' : 'Add a permission'}</Button>}>
      <Shown loaded={loaded}>
        {({ described, entries }) => (
          <>
            {adding && <AddPermission described={described} onClose={() => setAdding(false)} onAdd={async (path, permission) => {
              if (await set(path, permission, 'Permission added')) setAdding(false);
            }} />}
            <Table label={title} rows={[...new Map(entries.map((entry) => [keyOf(entry), entry])).values()]} rowKey={keyOf} empty={<p>{resource === 'teams' ? 'Nobody belongs to this team yet.' : 'Nobody was given anything yet.'}</p>} columns={[
              { label: 'Who', cell: (entry) => nameOf(entry), sort: nameOf },
              { label: 'Kind', cell: (entry) => kindNames[kindOf(entry)], sort: (entry) => kindOf(entry) },
              { label: 'Permission', cell: (entry) => mayWrite && entry.isManaged ? (
                <PickField bare width={20} label={`Permission of ${nameOf(entry)}`} value={entry.permission} choices={described.permissions.map((value) => ({ value }))} onChange={(permission) => permission !== null && permission !== entry.permission && set(pathOf(entry), permission, 'Permission changed')} />
              ) : entry.permission },
              { label: 'From', cell: (entry) => entry.isInherited ? <Badge color="blue" text="A folder above" /> : entry.isManaged ? 'Here' : <Badge color="darkgrey" text="The role itself" /> },
              { label: 'Actions', actions: true, cell: (entry) => mayWrite && entry.isManaged && <Confirmed iconOnly icon="trash-alt" label={`Remove ${nameOf(entry)}`} title={`Remove ${nameOf(entry)}?`} body="They lose what was given to them here." confirmText="Remove" onConfirm={() => set(pathOf(entry), '', 'Permission removed')} /> },
            ]} />
          </>
        )}
      </Shown>
    </Section>
  );
}

function AddPermission({ described, onAdd, onClose }: { readonly described: Description; readonly onAdd: (path: string, permission: string) => Promise<unknown>; readonly onClose: () => void }) {
  const { users, serviceAccounts, teams, builtInRoles } = described.assignments;
  const kinds = ([['user', users], ['serviceAccount', serviceAccounts], ['team', teams], ['role', builtInRoles]] as const).flatMap(([kind, offered]) => (offered ? [kind] : []));
  const [kind, setKind] = useState<Kind>(kinds[0] ?? 'user');
  const [who, setWho] = useState<string | number | null>(null);
  const [permission, setPermission] = useState(described.permissions[0] ?? '');
  const choices = kind === 'user' ? peopleOfOrg : kind === 'serviceAccount' ? serviceAccountsOfOrg : kind === 'team' ? teamsOfOrg : orgRoles.filter(({ value }) => value === 'Viewer' || value === 'Editor');
  return (
    <Stack direction="row" gap={1} alignItems="flex-end" wrap="wrap">
      {kinds.length > 1 && <PickField tight width={24} label="Kind" value={kind} choices={kinds.map((value) => ({ value, label: kindNames[value] }))} onChange={(next) => { setKind((next ?? 'user') as Kind); setWho(null); }} />}
      <PickField<string | number> key={kind} tight width={40} label={kindNames[kind]} placeholder="Choose" value={who} choices={choices as (typed: string) => Promise<readonly { readonly value: string | number }[]>} onChange={setWho} />
      <PickField tight width={20} label="Permission" value={permission} choices={described.permissions.map((value) => ({ value }))} onChange={(next) => setPermission(next ?? '')} />
      <Button disabled={who === null} onClick={() => onAdd(`${kind === 'team' ? 'teams' : kind === 'role' ? 'builtInRoles' : 'users'}/${who}`, permission)}>Save</Button>
      <IconButton name="times" aria-label="Cancel" onClick={onClose} />
    </Stack>
  );
}
