/** What a plugin writes to its standard error, as lines of our log (plugins §17.5). */
import type { Logger } from '../../infra/log/log.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const levels: Readonly<Record<string, Level>> = { trace: 'debug', debug: 'debug', info: 'info', warn: 'warn', error: 'error' };
const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(Z|[+-]\d{2}:\d{2})$/;
const lineBytesMax = 65_536;

/** Takes chunks as they come. */
export function createPluginLog(log: Logger): (chunk: Buffer) => void {
  let rest = '';
  let panicking = false;
  return (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop()!;
    if (rest.length > lineBytesMax) {
      log.debug(rest);
      rest = '';
    }
    for (const line of lines) if (line !== '') write(line.replace(/\r$/, ''));
  };

  function write(line: string): void {
    const entry = line.startsWith('{') ? parse(line) : undefined;
    if (entry) {
      panicking = false;
      const { '@level': level, '@message': message, '@timestamp': _, ...fields } = entry;
      return log[levels[String(level)]!](typeof message === 'string' ? message : '', fields);
    }
    const tag = /^\[(TRACE|DEBUG|INFO|WARN|ERROR)\]\s*/.exec(line);
    if (tag) {
      panicking = false;
      return log[levels[tag[1]!.toLowerCase()]!](line.slice(tag[0].length));
    }
    panicking ||= line.startsWith('panic: ') || line.startsWith('fatal error: ');
    log[panicking ? 'error' : 'debug'](line);
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const stamp = entry['@timestamp'];
    const right = typeof entry['@level'] === 'string' && entry['@level'] in levels && (stamp === undefined || (typeof stamp === 'string' && timestamp.test(stamp)));
    return right ? entry : undefined;
  } catch {
    return undefined;
  }
}
