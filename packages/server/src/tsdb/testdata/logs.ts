import { frame, jsonField, stringField, timeField, type Frame } from '@belvedere/dataframe';
import type { DataQuery } from '@belvedere/plugin-sdk';
import { rfc3339Seconds } from '../../util/rfc3339.ts';
import { integerOf, pointsMax, type Json } from './model.ts';
import type { Random } from './random-walk.ts';

const levels = ['emerg', 'alert', 'crit', 'critical', 'warn', 'warning', 'err', 'eror', 'error', 'info', 'notice', 'dbug', 'debug', 'trace', ''];
const referer = 'http://localhost:3000/explore?left=%5B%22now-6h%22,%22now%22,%22Prometheus%202.x%22,%7B%7D,%7B%22ui%22:%5Btrue,true,true,%22none%22%5D%7D%5D';

/** Newest first from the end of the range, a line an interval. */
export function logs(query: DataQuery, model: Json, random: Random): Frame {
  const withLevel = model['levelColumn'] === true;
  const lines = Math.min(integerOf(model['lines'], 10), pointsMax);
  const { from, to } = query.timeRange;
  const stepMs = Math.max(1, query.intervalMs);
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const types = JSON.stringify({ container_id: 'Indexed label', hostname: 'Parsed field', ...(withLevel && { level: 'Metadata' }) });
  const times: number[] = [];
  const labels: string[] = [];
  const bodies: string[] = [];
  const ids: string[] = [];
  const seen = new Map<string, number>();
  for (let t = to; t > from && times.length < lines; t -= stepMs) {
    const level = levels[Math.floor(random() * levels.length)] as string;
    const label = JSON.stringify({ container_id: hex(64), hostname: hex(12), ...(withLevel && { level }) });
    const body = `t=${rfc3339Seconds(t)} ${withLevel ? '' : `lvl=${level} `}msg="Request Completed" logger=context userId=1 orgId=1 uname=admin method=GET ` +
      `path=/api/datasources/proxy/152/api/prom/label status=502 remote_addr=[::1] time_ms=1 size=0 referer="${referer}"`;
    const id = `${to}000000_${fnv1(`${body}_${label}`)}`;
    const repeated = seen.get(id) ?? 0;
    seen.set(id, repeated + 1);
    times.push(t);
    labels.push(label);
    bodies.push(body);
    ids.push(repeated === 0 ? id : `${id}_${repeated}`);
  }
  return frame(query.refId, [
    jsonField('labels', labels, { labels: {} }), timeField('timestamp', times), stringField('body', bodies), stringField('id', ids),
    jsonField('labelTypes', times.map(() => types), { config: { custom: { hidden: true } } }),
  ], { meta: { type: 'log-lines', preferredVisualisationType: 'logs' } });
}

/** 32-bit FNV-1 in hexadecimal. */
function fnv1(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return hash.toString(16);
}
