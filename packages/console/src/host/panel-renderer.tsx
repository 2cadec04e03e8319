/** Draws data with a panel type outside of a dashboard, as `PanelRenderer` of @grafana/runtime promises. */
import { applyFieldOverrides, EventBusSrv, getPanelOptionsWithDefaults, type FieldConfigSource, type PanelData, type PanelPlugin } from '@grafana/data';
import { config, getTemplateSrv, type PanelRendererProps } from '@grafana/runtime';
import { ErrorBoundaryAlert, LoadingPlaceholder } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import { importPanelPlugin, panelPluginFromCache } from './plugin-import.ts';

const noFieldConfig: FieldConfigSource = { defaults: {}, overrides: [] };

export function HostPanelRenderer({ pluginId, data, options = {}, fieldConfig = noFieldConfig, timeZone = 'browser', width, height, title, onOptionsChange, onFieldConfigChange, onChangeTimeRange }: PanelRendererProps<object, object>) {
  const [plugin, setPlugin] = useState<PanelPlugin | undefined>(() => panelPluginFromCache(pluginId));
  const [failed, setFailed] = useState<string>();
  const [events] = useState(() => new EventBusSrv());
  useEffect(() => {
    let dropped = false;
    importPanelPlugin(pluginId).then((loaded) => !dropped && setPlugin(loaded), (error: unknown) => !dropped && setFailed(String(error)));
    return () => {
      dropped = true;
    };
  }, [pluginId]);
  const filled = useMemo(
    () => (plugin ? getPanelOptionsWithDefaults({ plugin, currentOptions: options as Record<string, unknown>, currentFieldConfig: fieldConfig as FieldConfigSource, isAfterPluginChange: false }) : undefined),
    [plugin, options, fieldConfig],
  );
  const shown = useMemo((): PanelData | undefined => {
    if (!plugin || !filled || !data) return undefined;
    const series = plugin.fieldConfigRegistry.isEmpty() ? data.series : applyFieldOverrides({
      data: data.series, fieldConfig: filled.fieldConfig, fieldConfigRegistry: plugin.fieldConfigRegistry, replaceVariables: (text, scopedVars, format) => getTemplateSrv().replace(text, scopedVars, format), theme: config.theme2, timeZone,
    });
    return { ...data, series };
  }, [plugin, filled, data, timeZone]);
  if (failed) return <div role="alert">The panel type {pluginId} could not be loaded: {failed}</div>;
  if (!plugin?.panel || !filled) return <LoadingPlaceholder text="Loading" />;
  if (!shown) return <div>No data</div>;
  const PanelComponent = plugin.panel;
  return (
    <ErrorBoundaryAlert boundaryName="panel-renderer" dependencies={[plugin, shown]}>
      <PanelComponent
        id={1} data={shown} title={title} timeRange={shown.timeRange} timeZone={timeZone} width={width} height={height} options={filled.options} fieldConfig={filled.fieldConfig} transparent={false} renderCounter={0}
        replaceVariables={(text, scopedVars, format) => getTemplateSrv().replace(text, scopedVars, format)} onOptionsChange={(changed) => onOptionsChange?.(changed)}
        onFieldConfigChange={(changed) => onFieldConfigChange?.(changed)} onChangeTimeRange={(range) => onChangeTimeRange?.(range)} eventBus={events}
      />
    </ErrorBoundaryAlert>
  );
}

