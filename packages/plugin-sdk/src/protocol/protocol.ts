/** The plugin protocol on the wire, for hosts and for plugins in processes of their own (plugins §17.4, §18). */
export * from './pluginv2.ts';
export * from './protobuf-message.ts';
