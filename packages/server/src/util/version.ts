/** What clients are told. Where a Grafana version is read (health, settings, plugins) it is the one that Belvedere is compatible with. */
export const grafanaVersion = '12.4.0';
export const belvedereVersion = '0.1.0';
/** Stands where the reference puts the commit it was built from. */
export const buildCommit = 'NA';
