import { config } from '@grafana/runtime';
import { may } from '../../host/boot-data.ts';

/** Plugins come and go by the console unless the configuration keeps that to itself. */
export const mayInstall = (): boolean => config.pluginAdminEnabled === true && config.pluginAdminExternalManageEnabled !== true && may('plugins:install');
