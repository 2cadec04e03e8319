import { boolField, field, floatField, frame, timeField, valueAt, type Field, type Frame } from '@belvedere/dataframe';
import type { DataQuery } from '@belvedere/plugin-sdk';
import { instants, pointsMax, type Json } from './model.ts';
import { isObject, numberOf, objectOf, textOf } from '../../util/json-value.ts';

/** Simulated machines (§15, scenario `simulation`): the same state for everybody who asks about the same key. */

export type Values = Readonly<Record<string, number | boolean>>;

interface Kind {
  readonly type: string;
  readonly name: string;
  readonly description: string;
  /** Cannot be asked about the past: each state follows from the one before. */
  readonly forward: boolean;
  /** One row, the settings and their units. */
  readonly config: readonly Field[];
  readonly columns: (times: Float64Array, config: Values, state: TankState) => Field[];
}

interface TankState { volume: number; at: number; pumpOn: boolean; drainOpen: boolean }

const number = (name: string, value: number, unit?: string) => floatField(name, [value], unit === undefined ? {} : { config: { unit } });
const each = (times: Float64Array, f: (seconds: number) => number) => Float64Array.from(times, (t) => f(t / 1000));
const phaseOf = (seconds: number, period: number): number => (seconds / (period || 1)) * 2 * Math.PI;
const setting = (config: Values, key: string): number => Number(config[key] ?? 0);

const kinds: readonly Kind[] = [
  {
    type: 'flight', name: 'Flight', description: 'simple circling airplain', forward: false,
    config: [number('centerLat', 37.83), number('centerLng', -122.42487), number('radius', 0.01), number('altitudeMin', 350), number('altitudeMax', 400), number('period', 10, 's')],
    columns(times, config) {
      const phase = (s: number) => phaseOf(s, setting(config, 'period'));
      const low = setting(config, 'altitudeMin');
      const high = setting(config, 'altitudeMax');
      return [
        timeField('time', times),
        floatField('lat', each(times, (s) => setting(config, 'centerLat') + Math.sin(phase(s)) * setting(config, 'radius'))),
        floatField('lng', each(times, (s) => setting(config, 'centerLng') + Math.cos(phase(s)) * setting(config, 'radius'))),
        floatField('heading', each(times, (s) => (((360 - (phase(s) * 180) / Math.PI) % 360) + 360) % 360)),
        floatField('altitude', each(times, (s) => low + ((Math.sin(phase(s)) + 1) / 2) * (high - low))),
      ];
    },
  },
  {
    type: 'sine', name: 'Sine', description: 'Sinewave generator', forward: false,
    // Compat: the reference names the period twice, once without and once with its unit.
    config: [number('period', 10), number('offset', 0), number('phase', 0), number('amplitude', 1), number('noise', 0), number('period', 10, 's')],
    columns: (times, config) => [
      timeField('Time', times),
      floatField('Value', each(times, (s) => Math.sin(phaseOf(s, setting(config, 'period')) + setting(config, 'phase')) * setting(config, 'amplitude') + setting(config, 'offset') + (Math.random() - 0.5) * setting(config, 'noise'))),
    ],
  },
  {
    type: 'tank', name: 'Tank', description: 'Fill and drain a water tank', forward: false,
    config: [number('tankCapacity', 100, 'm3'), number('fillRate', 1, 'cms'), number('drainRate', 0.5, 'cms'), boolField('drainOpen', [false]), boolField('pumpOn', [true])],
    columns(times, config, tank) {
      const capacity = setting(config, 'tankCapacity') || 1;
      const volumes = new Float64Array(times.length);
      const pumps = new Uint8Array(times.length);
      const drains = new Uint8Array(times.length);
      times.forEach((t, i) => {
        const elapsed = Math.max(0, (t - tank.at) / 1000);
        tank.at = Math.max(tank.at, t);
        tank.volume += elapsed * ((tank.pumpOn ? setting(config, 'fillRate') : 0) - (tank.drainOpen ? setting(config, 'drainRate') : 0));
        if (tank.volume >= capacity) { tank.volume = capacity; tank.pumpOn = false; tank.drainOpen = true; }
        if (tank.volume <= 0) { tank.volume = 0; tank.pumpOn = true; tank.drainOpen = false; }
        volumes[i] = tank.volume;
        pumps[i] = tank.pumpOn ? 1 : 0;
        drains[i] = tank.drainOpen ? 1 : 0;
      });
      return [
        timeField('time', times), floatField('percentFull', volumes.map((v) => (v / capacity) * 100)), floatField('tankVolume', volumes),
        field('bool', 'pumpOn', pumps), field('bool', 'drainOpen', drains),
      ];
    },
  },
];

export interface SimulationKey { readonly type: string; readonly tickHz: number; readonly uid: string }

const tickMin = 1 / 60;
const tickMax = 50;
/** Simulations that are remembered at once; the oldest are forgotten. */
const remembered = 1000;

interface Running { config: Record<string, number | boolean>; readonly kind: Kind; readonly tank: TankState; readonly key: SimulationKey }

export interface Simulations {
  list(): { type: string; name: string; description: string; forward: boolean; config: Frame }[];
  /** The simulation of a key. Throws for an unknown type or a tick outside of 1/60…50 Hz. */
  of(key: SimulationKey): Simulation;
  query(query: DataQuery, model: Json, datasourceUid: string, now: number): Frame;
}

export interface Simulation {
  readonly key: SimulationKey;
  config(): Frame;
  configure(values: unknown): void;
  at(times: Float64Array): Frame;
}

export const channelPath = ({ type, tickHz, uid }: SimulationKey): string => `sim/${type}/${tickHz}hz${uid === '' ? '' : `/${uid}`}`;

/** `sim/flight/10hz/uid` */
export function parseChannelPath(path: string): SimulationKey | undefined {
  const parts = /^sim\/([^/]+)\/(\d+(?:\.\d+)?)hz(?:\/([^/]+))?$/.exec(path);
  return parts ? { type: parts[1] as string, tickHz: Number(parts[2]), uid: parts[3] ?? '' } : undefined;
}

export function createSimulations(): Simulations {
  const running = new Map<string, Running>();

  function find(key: SimulationKey): Running {
    const kind = kinds.find((k) => k.type === key.type);
    if (!kind) throw new Error('unknown simulation type');
    if (!(key.tickHz >= tickMin && key.tickHz <= tickMax)) throw new Error('the tick is outside of 1/60 to 50 Hz');
    const id = channelPath(key);
    let found = running.get(id);
    if (!found) {
      const config: Record<string, number | boolean> = {};
      for (const column of kind.config) config[column.name] = valueAt(column, 0) as number | boolean;
      found = { kind, key, config, tank: { volume: 50, at: 0, pumpOn: true, drainOpen: false } };
      running.set(id, found);
      if (running.size > remembered) running.delete(running.keys().next().value as string);
    }
    return found;
  }

  function simulation(found: Running): Simulation {
    return {
      key: found.key,
      config: () => frame('', found.kind.config.map((column) => field(column.type as 'float64', column.name, [found.config[column.name] as number], { ...(column.config && { config: column.config }) }))),
      configure(values) {
        if (!isObject(values)) return;
        for (const key of Object.keys(found.config)) {
          const value = values[key];
          if (typeof value === typeof found.config[key] && (typeof value !== 'number' || Number.isFinite(value))) found.config[key] = value as number | boolean;
        }
        if (typeof values['pumpOn'] === 'boolean') found.tank.pumpOn = values['pumpOn'];
        if (typeof values['drainOpen'] === 'boolean') found.tank.drainOpen = values['drainOpen'];
      },
      at(times) {
        if (found.tank.at === 0) found.tank.at = times[0] ?? 0;
        return frame('', found.kind.columns(times, found.config, found.tank));
      },
    };
  }

  return {
    list: () => kinds.map(({ type, name, description, forward, config }) => ({ type, name, description, forward, config: frame('', config) })),
    of: (key) => simulation(find(key)),
    query(query, model, datasourceUid, now) {
      const sim = objectOf(model['sim']);
      const given = objectOf(sim['key']);
      const key = { type: textOf(given['type']), tickHz: numberOf(given['tick'], 10) || 10, uid: textOf(given['uid']) };
      const found = simulation(find(key));
      if (isObject(sim['config'])) found.configure(sim['config']);
      const { from, to } = query.timeRange;
      const points = Math.max(1, Math.min(query.maxDataPoints, pointsMax));
      const stepMs = Math.max(1000 / key.tickHz, (to - from) / points);
      const times = sim['last'] === true ? Float64Array.of(to) : instants(from, Math.min(to, Math.max(now, from)), stepMs, points);
      const made = found.at(times);
      return sim['stream'] === true ? { ...made, meta: { channel: `ds/${datasourceUid}/${channelPath(key)}` } } : made;
    },
  };
}
