/** Public surface of the plugin SDK (plugins §17–§26, queries-and-frames §9, §10). The server for plugins in processes of their own is apart (`@belvedere/plugin-sdk/serve`). */
export * from './backend-plugin.ts';
export * from './instances.ts';
export * from './errors.ts';
export * from './resource-router.ts';
export * from './plugin-log.ts';
