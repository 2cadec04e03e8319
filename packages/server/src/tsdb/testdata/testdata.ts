import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { PluginPanic, type BackendPlugin, type DataQuery, type DataResponse, type QueryDataRequest } from '@belvedere/plugin-sdk';
import { textOf } from '../../util/json-value.ts';
import type { Random } from './random-walk.ts';
import { testDataResources } from './resources.ts';
import { scenarios, type Scenario, type ScenarioDeps } from './scenarios.ts';
import { createSimulations } from './simulation.ts';
import { testDataStreams } from './streams.ts';

/** The test data source `grafana-testdata-datasource` (queries-and-frames §15): made-up answers for demos and tests. */

export const testDataId = 'grafana-testdata-datasource';

/** Values of one request's answers: what made-up data may cost the server in memory. */
const requestValuesMax = 4_000_000;

export interface TestDataOptions {
  readonly random?: Random;
  readonly now?: () => number;
}

export function createTestDataPlugin({ random = Math.random, now = Date.now }: TestDataOptions = {}): BackendPlugin {
  const simulations = createSimulations();
  const deps: ScenarioDeps = {
    random, now, simulations,
    async sleep(ms, signal) {
      if (ms > 0) await wait(ms, undefined, { signal });
    },
    csvFile: (name) => readFile(new URL(`./csv/${name}`, import.meta.url), 'utf8'),
    async readArrow(bytes) {
      const { readArrowFrame } = await import('@belvedere/dataframe/arrow');
      return readArrowFrame(bytes);
    },
  };

  async function answer(request: QueryDataRequest, query: DataQuery, scenario: Scenario | undefined): Promise<DataResponse | undefined> {
    return scenario?.run?.({ query, model: query.json, context: request.pluginContext, signal: request.signal, first: query === request.queries[0], deps });
  }

  return {
    async queryData(request) {
      const responses = new Map<string, DataResponse>();
      let values = 0;
      for (const query of request.queries) {
        if (values > requestValuesMax) {
          responses.set(query.refId, { error: 'the queries before this one have used up what one request may answer', status: 400, errorSource: 'plugin' });
          continue;
        }
        const byType = scenarios.get(query.queryType);
        let response: DataResponse | undefined;
        if (byType) response = await answer(request, query, byType);
        else {
          try {
            response = await answer(request, query, scenarios.get(textOf(query.json['scenarioId']) || 'random_walk'));
          } catch (error) {
            // Compat: by scenarioId a failure only goes to the reference's log, and the refId is missing from the answer.
            if (error instanceof PluginPanic || request.signal.aborted) throw error;
          }
        }
        if (!response) continue;
        responses.set(query.refId, response);
        for (const { fields } of response.frames ?? []) values += fields.length * (fields[0]?.values.length ?? 0);
      }
      return { responses };
    },
    checkHealth: async () => ({ status: 'OK', message: 'Data source is working' }),
    callResource: testDataResources({ simulations, random, now }),
    ...testDataStreams({ simulations, random, now }),
  };
}
