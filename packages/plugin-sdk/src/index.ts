/** Public surface of the plugin SDK (plugins §17–§26, queries-and-frames §9, §10). */
export * from './backend-plugin.ts';
