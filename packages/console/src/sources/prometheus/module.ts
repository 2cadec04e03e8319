import type { SourceModule } from '../source-modules.ts';
import { PrometheusSource } from './prometheus-source.ts';
import { PromQueryEditor } from './query-editor.tsx';
import { PrometheusSettings } from './settings-form.tsx';

export const source: SourceModule = { DataSource: PrometheusSource, QueryEditor: PromQueryEditor, SettingsForm: PrometheusSettings };
