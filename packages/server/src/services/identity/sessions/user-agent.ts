/** The little that the sessions list says about a client (identity-and-access §4.1). */
export interface ClientDescription {
  readonly device: string;
  readonly os: string;
  readonly osVersion: string;
  readonly browser: string;
  readonly browserVersion: string;
}

const browsers: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)\.(\d+)/], ['Opera', /\bOPR\/(\d+)\.(\d+)/], ['Samsung Internet', /SamsungBrowser\/(\d+)\.(\d+)/],
  ['Chrome Mobile iOS', /CriOS\/(\d+)\.(\d+)/], ['Firefox iOS', /FxiOS\/(\d+)\.(\d+)/], ['HeadlessChrome', /HeadlessChrome\/(\d+)\.(\d+)/],
  ['Chrome Mobile', /Chrome\/(\d+)\.(\d+)[^ ]* Mobile/], ['Chrome', /Chrome\/(\d+)\.(\d+)/], ['Firefox Mobile', /Mobile;.*Firefox\/(\d+)\.(\d+)/],
  ['Firefox', /Firefox\/(\d+)\.(\d+)/], ['Mobile Safari', /Version\/(\d+)\.(\d+).*Mobile.*Safari/], ['Safari', /Version\/(\d+)\.(\d+).*Safari/],
  ['IE', /MSIE (\d+)\.(\d+)/], ['curl', /^curl\/(\d+)\.(\d+)/], ['Go-http-client', /^Go-http-client\/(\d+)\.(\d+)/], ['Python Requests', /python-requests\/(\d+)\.(\d+)/],
];
const systems: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['iOS', /(?:iPhone|iPad|iPod).*? OS (\d+)[._](\d+)/], ['Android', /Android (\d+)(?:\.(\d+))?/], ['Windows', /Windows NT (\d+)\.(\d+)/],
  ['Mac OS X', /Mac OS X (\d+)[._](\d+)/], ['Chrome OS', /CrOS \w+ (\d+)\.(\d+)/], ['Ubuntu', /Ubuntu/], ['Linux', /Linux/],
];

export function describeClient(userAgent: string): ClientDescription {
  const browser = firstMatch(browsers, userAgent);
  const os = firstMatch(systems, userAgent);
  const windows = os.name === 'Windows' && os.version === '10.0' ? '10' : os.version;
  return { device: deviceOf(userAgent), os: os.name, osVersion: windows, browser: browser.name, browserVersion: browser.version };
}

function firstMatch(table: readonly (readonly [string, RegExp])[], text: string): { name: string; version: string } {
  for (const [name, pattern] of table) {
    const match = pattern.exec(text);
    if (match) return { name, version: match[1] === undefined ? '' : match[2] === undefined ? match[1] : `${match[1]}.${match[2]}` };
  }
  return { name: 'Other', version: '' };
}

const deviceOf = (text: string) => /\b(iPhone|iPad|iPod)\b/.exec(text)?.[1] ?? (/Macintosh/.test(text) ? 'Mac' : 'Other');
