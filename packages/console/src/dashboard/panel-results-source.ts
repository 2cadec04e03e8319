/** `-- Dashboard --`: the results of another panel of the same dashboard, before or after its transformations. */
import { DataSourceApi, LoadingState, type DataQuery, type DataQueryRequest, type DataQueryResponse, type TestDataSourceResponse } from '@grafana/data';
import { SceneDataTransformer, sceneGraph, VizPanel, type SceneDataProvider, type SceneObject } from '@grafana/scenes';
import { filter, map, Observable, of } from 'rxjs';

export interface PanelResultsQuery extends DataQuery {
  readonly panelId?: number;
  readonly withTransforms?: boolean;
  readonly topic?: string;
}

export class PanelResultsSource extends DataSourceApi<PanelResultsQuery> {
  override query({ targets, scopedVars }: DataQueryRequest<PanelResultsQuery>): Observable<DataQueryResponse> {
    const asking = (scopedVars['__sceneObject']?.value as { valueOf(): SceneObject } | undefined)?.valueOf();
    const query = targets.find(({ panelId }) => panelId !== undefined);
    if (!asking || !query) return of({ data: [] });
    const panel = sceneGraph.findObject(asking.getRoot(), (object) => object instanceof VizPanel && object.state.key === `panel-${query.panelId}`);
    const data = panel?.state.$data;
    if (!data) return of({ data: [], errors: [{ message: `There is no panel ${query.panelId} in this dashboard to take the data of` }] });
    const provider: SceneDataProvider = !query.withTransforms && data instanceof SceneDataTransformer ? ((data.state.$data as SceneDataProvider | undefined) ?? data) : (data as SceneDataProvider);
    return new Observable<DataQueryResponse>((subscriber) => {
      const deactivate = provider.activate();
      // Nobody may have told it how wide it is drawn: the panel may be out of sight.
      provider.setContainerWidth?.(asking.getRoot() === asking ? 500 : innerWidth);
      const results = provider.getResultsStream().pipe(
        map(({ data: found }) => found), filter(({ state }) => state !== LoadingState.NotStarted),
        map((found): DataQueryResponse => ({ data: query.topic === 'annotations' ? (found.annotations ?? []) : found.series, state: found.state, key: `panel-${query.panelId}`, ...(found.errors ? { errors: found.errors } : {}) })),
      ).subscribe(subscriber);
      return () => {
        results.unsubscribe();
        deactivate();
      };
    });
  }

  override testDatasource(): Promise<TestDataSourceResponse> {
    return Promise.resolve({ status: 'success', message: 'Takes the results of another panel' });
  }
}
