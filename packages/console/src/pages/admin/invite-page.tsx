/** Inviting somebody to the organization. */
import { LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page } from '../../app/page.tsx';
import { user } from '../../host/boot-data.ts';
import { type OrgRole, orgRoles } from '../parts/choices.ts';
import { ChoiceField, SwitchField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';

export default function InvitePage() {
  const [draft, setDraft] = useState({ loginOrEmail: '', name: '', role: 'Viewer' as OrgRole, sendEmail: false });
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  return (
    <Page title="Invite" subtitle={`To ${user().orgName}. Who has an account already is added at once; anybody else gets a link to make one.`} above={[{ label: 'Users', url: '/org/users' }]}>
      <Form submit="Invite" more={<LinkButton variant="secondary" fill="text" href="/org/users">Cancel</LinkButton>} onSubmit={async () => {
        if (await attempt(() => api.post('/api/org/invites', draft), `${draft.loginOrEmail} is invited`, 'They could not be invited')) goTo('/org/users');
      }}>
        <TextField label="Email or username" required autoFocus value={draft.loginOrEmail} onChange={(loginOrEmail) => change({ loginOrEmail })} />
        <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} />
        <ChoiceField label="Role" value={draft.role} choices={orgRoles} onChange={(role) => change({ role })} />
        <SwitchField label="Send the invitation by mail" description="Needs mail to be set up; else pass on the link from the list of invitations" value={draft.sendEmail} onChange={(sendEmail) => change({ sendEmail })} />
      </Form>
    </Page>
  );
}
