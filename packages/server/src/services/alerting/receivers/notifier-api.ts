/** GET /api/alert-notifiers: the kinds of contact points and their forms (alerting-notifications §6.5). */
import { signedIn } from '../../../web/access.ts';
import type { Routes } from '../../../web/route.ts';
import { notifierForms, type FormField, type FormVersion, type NotifierForm } from './notifier-forms.ts';

function fieldJson(f: FormField): Record<string, unknown> {
  const element = f.element ?? 'input';
  return {
    element, inputType: f.input ?? (element === 'input' ? 'text' : ''), label: f.label ?? f.name, description: f.help ?? '', placeholder: f.placeholder ?? '', propertyName: f.name,
    selectOptions: f.choices?.map(([value, label]) => ({ value, label })) ?? null,
    showWhen: { field: f.showWhen?.[0] ?? '', is: f.showWhen?.[1] ?? '' }, required: f.required ?? false, ...(f.protected ? { protected: true } : {}),
    validationRule: f.rule ?? '', secure: f.secure ?? false, dependsOn: f.dependsOn ?? '', subformOptions: f.parts?.map(fieldJson) ?? null,
  };
}

const current = (form: NotifierForm): FormVersion | undefined => form.versions.find((v) => v.version === 'v1');
const describe = (form: NotifierForm) => `Sends notifications to ${form.name}`;
const noteOf = (form: NotifierForm) => (form.info ? `See the manual of ${form.name} for the values that it expects.` : '');

export const formsV1 = () => notifierForms.filter(current).map((form) => ({
  type: form.type, name: form.name, heading: form.heading, description: describe(form), info: noteOf(form), options: current(form)!.options.map(fieldJson),
}));

export const formsV2 = () => notifierForms.map((form) => ({
  type: form.type, currentVersion: current(form)?.version ?? form.versions[0]!.version, name: form.name, heading: form.heading, description: describe(form),
  ...(form.info ? { info: noteOf(form) } : {}), ...(form.deprecated ? { deprecated: true } : {}),
  versions: form.versions.map((v) => ({
    ...(v.alias ? { typeAlias: v.alias } : {}), version: v.version, canCreate: v.canCreate ?? false, options: v.options.map(fieldJson), ...(v.deprecated ? { deprecated: true } : {}),
  })),
}));

export function notifierRoutes(routes: Routes): void {
  routes.get('/api/alert-notifiers', { access: signedIn, name: 'getAlertNotifiers' }, ({ search }) => (search.get('version') === '2' ? formsV2() : formsV1()));
}
