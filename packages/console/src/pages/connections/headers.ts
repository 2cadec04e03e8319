/** Custom headers are kept as `httpHeaderName1` in the JSON and `httpHeaderValue1` among the secrets, numbered without gaps. */
import type { SourceSettings } from '../../sources/source-modules.ts';

export interface HeaderSetting {
  readonly index: number;
  readonly name: string;
}

export function headersOf({ jsonData }: Pick<SourceSettings, 'jsonData'>): readonly HeaderSetting[] {
  const headers: HeaderSetting[] = [];
  for (let index = 1; typeof jsonData[`httpHeaderName${index}`] === 'string'; index++) headers.push({ index, name: String(jsonData[`httpHeaderName${index}`]) });
  return headers;
}

/**
 * Only the last one may go without its stored neighbours losing theirs: a stored value cannot be moved, as nobody but the server knows it.
 * One in the middle is therefore emptied; the server sends no header without a name.
 */
export function withoutHeader(settings: SourceSettings, index: number): SourceSettings {
  const last = headersOf(settings).length;
  const name = `httpHeaderName${index}`;
  const value = `httpHeaderValue${index}`;
  const { [name]: _name, ...jsonData } = settings.jsonData;
  return {
    ...settings,
    jsonData: index === last ? jsonData : { ...jsonData, [name]: '' },
    secureJsonData: { ...settings.secureJsonData, [value]: '' },
    secureJsonFields: { ...settings.secureJsonFields, [value]: false },
  };
}
