import { expect, test } from 'vitest';
import { formsV1, formsV2 } from './notifier-api.ts';

interface OptionJson {
  readonly label: string;
  readonly propertyName: string;
  readonly description: string;
  readonly placeholder: string;
  readonly secure: boolean;
  readonly selectOptions: readonly object[] | null;
  readonly subformOptions: readonly OptionJson[] | null;
}

const versionsOf = (type: string) => formsV2().find((form) => form.type === type)!.versions as unknown as readonly { readonly version: string; readonly options: readonly OptionJson[] }[];
const below = (option: OptionJson): readonly OptionJson[] => [option, ...(option.subformOptions ?? []).flatMap(below)];

test('every version has a form, every option a label', () => {
  for (const { type, versions } of formsV2()) {
    for (const { version, options } of versions as unknown as ReturnType<typeof versionsOf>) {
      expect([type, version, options.length]).not.toContain(0);
      for (const option of options.flatMap(below)) expect([type, version, option.propertyName, option.label]).not.toContain('');
    }
  }
});

test('settings of the Alertmanager itself come with their HTTP client', () => {
  const [, alertmanager] = versionsOf('discord');
  expect(alertmanager!.options.map((option) => option.propertyName)).toEqual(['webhook_url', 'title', 'message', 'http_config']);
  expect(alertmanager!.options[1]!.placeholder).toBe('{{ template "discord.default.title" . }}');
  expect(below(alertmanager!.options[3]!).filter((option) => option.secure).map((option) => option.propertyName)).toEqual(['password', 'credentials', 'client_secret']);
});

test('help stands below the field; choices are value and label', () => {
  const telegram = formsV1().find((form) => form.type === 'telegram')!.options as unknown as readonly OptionJson[];
  const mode = telegram.find((option) => option.propertyName === 'parse_mode')!;
  expect(mode.description).toMatch(/marked up/);
  expect(mode.selectOptions).toContainEqual({ value: 'MarkdownV2', label: 'Markdown V2' });
});
