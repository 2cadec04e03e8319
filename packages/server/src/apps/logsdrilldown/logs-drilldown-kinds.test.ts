import { examineKind } from '../../apiserver/examine-kind.ts';
import { logsDrilldownKinds } from './logs-drilldown-kinds.ts';

examineKind(logsDrilldownKinds.find(({ kind }) => kind === 'LogsDrilldown')!, {
  valid: { defaultFields: ['level'], prettifyJSON: true, wrapLogMessage: false, interceptDismissed: false },
  changed: { defaultFields: [], prettifyJSON: false, wrapLogMessage: false, interceptDismissed: true }, invalid: { defaultFields: 'level' },
});
