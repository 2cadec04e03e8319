import { readFrame, type Frame } from '@belvedere/dataframe';
import type { TimeRange } from '@belvedere/plugin-sdk';
import { parseDuration } from '../util/interval.ts';
import { classicEvaluator, classicReducer, evaluateClassic, isClassicReducer, type ClassicCondition } from './classic.ts';
import type { ExprNodeKind } from './expr.ts';
import { evaluateMath } from './math.ts';
import { mathVariables, parseMath } from './math-parser.ts';
import { evaluateReduce, reducerNames, type ReduceMode, type ReducerName } from './reduce.ts';
import { evaluateResample } from './resample.ts';
import { evaluateThreshold, predicate, type Predicate } from './threshold.ts';
import type { Value } from './values.ts';
import { isObject } from '../util/json-value.ts';

/** Expression queries as commands (queries-and-frames §13.1, §13.4–13.8). What they throw while parsing is the cause in `sse.parseError`. */

export interface CommandCall {
  readonly inputs: ReadonlyMap<string, readonly Value[]>;
  readonly range: TimeRange;
  readonly signal: AbortSignal;
  /** Fingerprints from outside, for thresholds with hysteresis. */
  readonly loaded?: ReadonlySet<bigint>;
}

export interface Command {
  readonly kind: Exclude<ExprNodeKind, 'datasource'>;
  readonly inputs: readonly string[];
  evaluate(call: CommandCall): readonly Value[] | Promise<readonly Value[]>;
}

type Model = Readonly<Record<string, unknown>>;

/** Compat: error texts name types as Go does. */
export function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'number': return 'float64';
    case 'boolean': return 'bool';
    case 'object': return 'map[string]interface {}';
    default: return 'string';
  }
}


function mathCommand(refId: string, model: Model): Command {
  if (!Object.hasOwn(model, 'expression')) throw new Error('command is missing an expression');
  const text = model['expression'];
  if (typeof text !== 'string') throw new Error(`math expression is expected to be a string, got ${goType(text)}`);
  let root: ReturnType<typeof parseMath>;
  try {
    root = parseMath(text);
  } catch (cause) {
    throw new Error(`invalid math command: expr: ${(cause as Error).message}`, { cause });
  }
  return { kind: 'math', inputs: [...mathVariables(root)], evaluate: ({ inputs }) => evaluateMath(refId, root, inputs) };
}

function inputOf(model: Model, verb: string): string {
  const text = model['expression'];
  if (text === undefined) throw new Error(`no expression ID is specified to ${verb}. Must be a reference to an existing query or expression`);
  if (typeof text !== 'string') throw new Error(`expression ID is expected to be a string, got ${goType(text)}`);
  return text.replace(/^\$/, '');
}

function reduceCommand(refId: string, model: Model): Command {
  const input = inputOf(model, 'reduce');
  const reducer = model['reducer'];
  if (reducer === undefined) throw new Error('no reducer specified');
  if (typeof reducer !== 'string') throw new Error(`expected reducer to be a string, got ${goType(reducer)}`);
  const mode = Object.hasOwn(model, 'settings') && model['settings'] !== undefined ? reduceMode(refId, model['settings']) : ({ kind: 'strict' } as const);
  const name = reducer.toLowerCase();
  if (!reducerNames.has(name)) throw new Error(`reduction ${reducer} not implemented`);
  return { kind: 'reduce', inputs: [input], evaluate: ({ inputs }) => evaluateReduce(refId, input, name as ReducerName, mode, inputs.get(input) ?? []) };
}

function reduceMode(refId: string, settings: unknown): ReduceMode {
  if (!isObject(settings)) throw new Error(`field settings must be an object, got ${goType(settings)} for refId ${refId}`);
  const mode = settings['mode'];
  if (mode === undefined || mode === '') return { kind: 'strict' };
  if (mode === 'dropNN') return { kind: 'drop' };
  if (mode !== 'replaceNN') throw new Error(`reducer mode '${typeof mode === 'string' ? mode : `%!s(${goType(mode)}=${goValue(mode)})`}' is not supported. Supported only: [dropNN,replaceNN]`);
  const value = settings['replaceWithValue'];
  if (value === undefined) throw new Error("setting replaceWithValue must be specified when mode is 'replaceNN'");
  if (typeof value !== 'number') throw new Error(`setting replaceWithValue must be a number, got ${goType(value)}`);
  return { kind: 'replace', value };
}

const goValue = (value: unknown): string => (value === null ? '<nil>' : typeof value === 'object' ? JSON.stringify(value) : String(value));

function resampleCommand(refId: string, model: Model): Command {
  const input = inputOf(model, 'resample');
  const window = model['window'];
  if (window === undefined) throw new Error('no time duration specified for the window in resample command');
  if (typeof window !== 'string') throw new Error(`resample window is expected to be a string, got ${goType(window)}`);
  const word = (key: 'downsampler' | 'upsampler', missing: string): string => {
    const value = model[key];
    if (value === undefined) throw new Error(missing);
    if (typeof value !== 'string') throw new Error(`expected resample ${key} to be a string, got type ${goType(value)}`);
    return value;
  };
  const downsampler = word('downsampler', 'no downsampler function specified in resample command');
  const upsampler = word('upsampler', 'no upsampler specified in resample command');
  const windowMs = parseDuration(window);
  if (windowMs === undefined) throw new Error(`failed to parse resample "window" duration field "0s": ${durationFault(window)}`);
  return { kind: 'resample', inputs: [input], evaluate: ({ inputs, range }) => evaluateResample(refId, { windowMs, downsampler, upsampler }, inputs.get(input) ?? [], range) };
}

const durationFault = (text: string): string =>
  text === '' ? 'empty input' : /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? `time: missing unit in duration ${JSON.stringify(text)}` : `time: invalid duration ${JSON.stringify(text)}`;

interface Evaluator { readonly type: string; readonly params: readonly number[] }

/** `{type, params}`; what is not there is empty, what has the wrong type is refused. */
function readEvaluator(value: unknown, path: string): Evaluator {
  if (value === undefined || value === null) return { type: '', params: [] };
  const wrong = (part: string, found: unknown) => new Error(`json: cannot unmarshal ${jsonKind(found)} into Go struct field ${path}${part}`);
  if (!isObject(value)) throw wrong('', value);
  const { type = '', params = [] } = value;
  if (typeof type !== 'string') throw wrong('.type of type string', type);
  if (params !== null && !Array.isArray(params)) throw wrong('.params of type []float64', params);
  for (const param of params ?? []) if (typeof param !== 'number' && param !== null) throw wrong('.params of type float64', param);
  return { type, params: (params ?? []).map((param: number | null) => param ?? 0) };
}

const jsonKind = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

function thresholdCommand(refId: string, model: Model): Command {
  const input = model['expression'];
  if (input === undefined) throw new Error(`no variable specified to reference for refId ${refId}`);
  if (typeof input !== 'string') throw new Error(`expected threshold variable to be a string, got ${goType(input)} for refId ${refId}`);
  const conditions = readThresholds(model['conditions']);
  if (conditions.length !== 1) throw new Error('threshold expression requires exactly one condition');
  const [{ evaluator, unload, loaded }] = conditions as [ThresholdCondition];
  const load = named('invalid condition', evaluator);
  const leave = unload && named('invalid unloadCondition', unload);
  const given = leave && loaded !== undefined ? readLoaded(loaded) : undefined;
  return {
    kind: 'threshold', inputs: [input],
    evaluate: ({ inputs, loaded: fromOutside = given }) => evaluateThreshold(refId, { load, ...(leave && { unload: leave }), ...(fromOutside && { loaded: fromOutside }) }, inputs.get(input) ?? []),
  };
}

interface ThresholdCondition { readonly evaluator: Evaluator; readonly unload?: Evaluator; readonly loaded?: unknown }

function readThresholds(value: unknown): ThresholdCondition[] {
  try {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new Error(`json: cannot unmarshal ${jsonKind(value)} into Go struct field ThresholdCommandConfig.conditions`);
    return value.map((condition): ThresholdCondition => {
      if (!isObject(condition)) throw new Error(`json: cannot unmarshal ${jsonKind(condition)} into Go struct field ThresholdCommandConfig.conditions`);
      const { evaluator, unloadEvaluator, loadedDimensions } = condition;
      // Compat: the reference writes the request again with sorted keys, so the data of a frame inside it always comes before its schema.
      if (isObject(loadedDimensions) && Object.hasOwn(loadedDimensions, 'data')) throw new Error('fields is nil, malformed key order or frame without schema');
      return {
        evaluator: readEvaluator(evaluator, 'ConditionEvalJSON.conditions.evaluator'),
        ...(unloadEvaluator !== undefined && unloadEvaluator !== null && { unload: readEvaluator(unloadEvaluator, 'ConditionEvalJSON.conditions.unloadEvaluator') }),
        ...(loadedDimensions !== undefined && loadedDimensions !== null && { loaded: loadedDimensions }),
      };
    });
  } catch (cause) {
    throw new Error(`failed to parse the threshold command: ${(cause as Error).message}`, { cause });
  }
}

function named(what: string, { type, params }: Evaluator): Predicate {
  try {
    return predicate(type, params);
  } catch (cause) {
    throw new Error(`${what}: ${(cause as Error).message}`, { cause });
  }
}

function readLoaded(value: unknown): ReadonlySet<bigint> {
  try {
    return fingerprints(readFrame(JSON.stringify(value)));
  } catch (cause) {
    throw new Error(`failed to parse loaded dimensions: ${(cause as Error).message}`, { cause });
  }
}

/** Label fingerprints out of a frame of type `fingerprints`. */
export function fingerprints(frame: Frame): ReadonlySet<bigint> {
  const { type = '', typeVersion = [0, 0] } = frame.meta ?? {};
  if (type !== 'fingerprints') throw new Error("invalid format of loaded dimensions frame: expected frame type 'fingerprints'");
  if (typeVersion[0] > 1 || (typeVersion[0] === 1 && typeVersion[1] > 0)) throw new Error('invalid format of loaded dimensions frame: expected frame type version to be 1.0 or lower');
  const field = frame.fields[0];
  if (frame.fields.length !== 1 || !field || field.type !== 'uint64' || field.nullable) throw new Error('invalid format of loaded dimensions frame: expected a single field of type uint64');
  return new Set(field.values as BigUint64Array);
}

function classicCommand(_refId: string, model: Model): Command {
  const list = model['conditions'];
  if (list !== undefined && list !== null && !Array.isArray(list)) {
    throw new Error(`failed to unmarshal remarshaled classic condition body: json: cannot unmarshal ${jsonKind(list)} into Go value of type []classic.ConditionJSON`);
  }
  const conditions = ((list ?? []) as unknown[]).map((value, i): ClassicCondition => {
    const condition = isObject(value) ? value : {};
    const part = (key: string): Model => (isObject(condition[key]) ? (condition[key] as Model) : {});
    const operator = part('operator')['type'];
    if (i > 0 && operator !== 'and' && operator !== 'or' && operator !== 'logic-or') throw new Error(`condition ${i + 1} operator must be \`and\`, \`or\` or \`logic-or\``);
    const refIds = part('query')['params'];
    const refId = Array.isArray(refIds) ? refIds[0] : undefined;
    if (typeof refId !== 'string' || refId === '') throw new Error(`condition ${i + 1} is missing the query RefID argument`);
    const reducer = String(part('reducer')['type'] ?? '');
    if (!isClassicReducer(reducer)) throw new Error(`invalid reducer '${reducer}' in condition ${i + 1}`);
    const { type, params } = readEvaluator(condition['evaluator'], 'ConditionEvalJSON.evaluator');
    return { refId, reduce: classicReducer(reducer), fires: classicEvaluator(type, params), wantsNoValue: type === 'no_value', operator: String(operator ?? '') };
  });
  return { kind: 'classic_conditions', inputs: [...new Set(conditions.map((condition) => condition.refId))], evaluate: ({ inputs }) => [evaluateClassic(conditions, inputs)] };
}

export const commandMakers: Readonly<Record<string, (refId: string, model: Model) => Command>> = {
  math: mathCommand, reduce: reduceCommand, resample: resampleCommand, threshold: thresholdCommand, classic_conditions: classicCommand,
};
