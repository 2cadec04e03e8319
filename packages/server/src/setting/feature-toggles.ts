/**
 * Feature toggles (frontend-contract §4): the names that 12.4 knows with their defaults, and `[feature_toggles]` on top. What a toggle
 * changes is said where it is read.
 */
import type { Ini } from './ini.ts';

export interface FeatureToggles {
  readonly enabled: ReadonlySet<string>;
  has(name: string): boolean;
  /** name -> on, of every known toggle and of those that the configuration adds. */
  all(): ReadonlyMap<string, boolean>;
}

const onByDefault = `
  alertRuleRestore alertingBulkActionsInUI alertingImportYAMLUI alertingMigrationUI alertingNotificationsStepMode
  alertingQueryAndExpressionsStepMode alertingRulePermanentlyDelete alertingRuleRecoverDeleted alertingRuleVersionHistoryRestore
  alertingSaveStateCompressed alertingUIOptimizeReducer alertingUseNewSimplifiedRoutingHashAlgorithm annotationPermissionUpdate
  awsAsyncQueryCaching awsDatasourcesTempCredentials azureMonitorEnableUserAuth azureMonitorPrometheusExemplars azureResourcePickerUpdates
  cloudWatchCrossAccountQuerying cloudWatchNewLabelParsing cloudWatchRoundUpEndTime dashboardScene dashgpt enableSCIM
  grafanaAssistantInProfilesDrilldown grafanaconThemes improvedExternalSessionHandling improvedExternalSessionHandlingSAML
  influxdbBackendMigration kubernetesDashboards logsContextDatasourceUi logsExploreTableVisualisation logsPanelControls
  lokiLabelNamesQueryApi lokiQuerySplitting newFiltersUI newLogsPanel newPanelPadding newTimeRangeZoomShortcuts onlyStoreActionSets
  preventPanelChromeOverflow prometheusAzureOverrideAudience publicDashboardsScene sharingDashboardImage timeRangePan
  useSessionStorageForRedirection`.split(/\s+/).filter(Boolean);

const offByDefault = `
  aiGeneratedDashboardChanges alertEnrichment alertEnrichmentConditional alertEnrichmentMultiStep alertRuleUseFiredAtForStartsAt
  alertingAIAnalyzeCentralStateHistory alertingAIFeedback alertingAIGenAlertRules alertingAIGenTemplates alertingAIImproveAlertRules
  alertingBacktesting alertingCentralAlertHistory alertingDisableDMAinUI alertingDisableSendAlertsExternal
  alertingEnrichmentAssistantInvestigations alertingEnrichmentPerRule alertingFilterV2 alertingIgnorePendingForNoDataAndError
  alertingImportAlertmanagerAPI alertingImportAlertmanagerUI alertingJiraIntegration alertingListViewV2 alertingListViewV2PreviewToggle
  alertingMigrationWizardUI alertingMultiplePolicies alertingNavigationV2 alertingNotificationHistory alertingPrometheusRulesPrimary
  alertingProvenanceLockWrites alertingQueryOptimization alertingSaveStatePeriodic alertingSavedSearches alertingSyncDispatchTimer
  alertingSyncNotifiersApiMigration alertingTriage alertingUIUseBackendFilters alertingUIUseFullyCompatBackendFilters
  alertmanagerRemotePrimary alertmanagerRemoteSecondary alertmanagerRemoteSecondaryWithRemoteState appPlatformGrpcClientAuth assetSriChecks
  auditLoggingAppPlatform authZGRPCServer awsDatasourcesHttpProxy azureMonitorDisableLogLimit azureMonitorLogsBuilderEditor
  cachingOptimizeSerializationMemoryUsage canvasPanelNesting canvasPanelPanZoom cdnPluginsLoadFirst cdnPluginsUrls cloudRBACRoles
  cloudWatchBatchQueries configurableSchedulerTick crashDetection dashboardAdHocAndGroupByWrapper dashboardDisableSchemaValidationV1
  dashboardDisableSchemaValidationV2 dashboardLevelTimeMacros dashboardLibrary dashboardNewLayouts dashboardSchemaValidationLogging
  dashboardTemplates dashboardUndoRedo dashboardValidatorApp dataplaneAggregator datasourceAPIServers datasourceConnectionsTab
  datasourceDisableIdApi datasourceQueryTypes datasourcesRerouteLegacyCRUDAPIs disableNumericMetricsSortingInExpressions disableSSEDataplane
  drilldownRecommendations elasticsearchCrossClusterSearch elasticsearchImprovedParsing elasticsearchRawDSLQuery enableAppChromeExtensions
  enableDashboardEmptyExtensions enableDatagridEditing enableExtensionsAdminPage enableScopesInMetricsExplore
  excludeRedundantManagedPermissions experimentRecentlyViewedDashboards exploreLogsAggregatedMetrics exploreLogsShardSplitting
  externalServiceAccounts externalVizSuggestions faroDatasourceSelector faroSessionReplay favoriteDatasources featureHighlights
  fetchRulesInCompactMode fetchRulesUsingPost foldersAppPlatformAPI grafanaAPIServerEnsureKubectlAccess grafanaAPIServerWithExperimentalAPIs
  grafanaAdvisor grafanaManagedRecordingRules graphiteBackendMode groupAttributeSync groupByVariable grpcServer heatmapRowsAxisOptions
  infinityRunQueriesInParallel influxdbRunQueriesInParallel influxqlStreamingParser interactiveLearning jaegerEnableGrpcEndpoint
  jitterAlertRulesWithinGroups k8SFolderCounts kubernetesAggregator kubernetesAggregatorCapTokenAuth kubernetesAlertingHistorian
  kubernetesAlertingRules kubernetesAnnotations kubernetesAuthZHandlerRedirect kubernetesAuthZResourcePermissionsRedirect
  kubernetesAuthZRolesRedirect kubernetesAuthnMutation kubernetesAuthzApis kubernetesAuthzCoreRolesApi kubernetesAuthzGlobalRolesApi
  kubernetesAuthzResourcePermissionApis kubernetesAuthzRoleBindingsApi kubernetesAuthzRolesApi kubernetesAuthzTeamLBACRuleApi
  kubernetesAuthzZanzanaSync kubernetesCorrelations kubernetesExternalGroupMapping kubernetesLibraryPanels kubernetesLogsDrilldown
  kubernetesQueryCaching kubernetesShortURLs kubernetesSnapshots kubernetesStars kubernetesTeamBindings kubernetesTeamSync
  kubernetesTeamsHandlerRedirect kubernetesUnifiedStorageQuotas liveAPIServer localeFormatPreference logQLScope lokiExperimentalStreaming
  lokiLogsDataplane lokiQueryLimitsContext lokiRunQueriesInParallel lokiShardSplitting managedDualWriter metricsFromProfiles mlExpressions
  multiPropsVariables multiTenantTempCredentials newClickhouseConfigPageDesign newDashboardWithFiltersAndGroupBy newGauge
  newInfluxDSConfigPageDesign newLogContext newShareReportDrawer newVizSuggestions oauthRequireSubClaim opentsdbBackendMigration
  otelLogsFormatting panelFilterVariable panelGroupBy panelStyleActions panelTimeSettings panelTitleSearch
  passwordlessMagicLinkAuthentication pdfTables perPanelFiltering perPanelNonApplicableDrilldowns playlistsReconciler pluginContainers
  pluginInsights pluginInstallAPISync pluginProxyPreserveTrailingSlash pluginStoreServiceLoading pluginsAutoUpdate pluginsSriChecks
  preferLibraryPanelTitle preserveDashboardStateWhenNavigating profilesExemplars prometheusSpecialCharsInLabelValues prometheusTypeMigration
  provisioning publicDashboardsEmailSharing queryCacheRequestDeduplication queryEditorNext queryLibrary queryService queryServiceFromUI
  queryServiceRewrite queryServiceWithConnections queryWithAssistant recentlyViewedDashboards refactorVariablesTimeRange
  refreshTokenRequired reloadDashboardsOnParamsChange renderAuthJWT rendererDisableAppPluginsPreload reportingCsvEncodingOptions
  restoreDashboards restrictedPluginApis rolePickerDrawer rudderstackUpgrade savedQueriesRBAC scanRowInvalidDashboardParseFallbackEnabled
  scopeApi scopeFilters scopeSearchAllLevels secretsKeeperUI secretsManagementAppPlatformAwsKeeper secretsManagementAppPlatformUI
  smoothingTransformation sqlExpressions sqlExpressionsColumnAutoComplete sseGroupByDatasource starsFromAPIServer storage
  suggestedDashboards tableSharedCrosshair tabularNumbers teamFolders teamHttpHeadersFromAppPlatform teamHttpHeadersTempo tempoAlerting
  timeComparison timeRangeProvider transformationsEmptyPlaceholder ttlPluginInstanceManager unifiedNavbars unifiedStorageBigObjectsSupport
  unifiedStorageGrpcConnectionPool unifiedStorageSearchDualReaderEnabled unifiedStorageSearchUI unlimitedLayoutsNesting
  useKubernetesShortURLsAPI useMTPlugins useMultipleScopeNodesEndpoint useScopeSingleNodeEndpoint useScopesNavigationEndpoint vizActionsAuth
  vizPresets zanzana zanzanaNoLegacyClient`.split(/\s+/).filter(Boolean);

/** Never outside development, whatever the configuration says. */
const developmentOnly = ['grafanaAPIServerEnsureKubectlAccess', 'grafanaAPIServerWithExperimentalAPIs', 'liveAPIServer'];

export function readFeatureToggles(ini: Ini): FeatureToggles {
  const section = ini.section('feature_toggles');
  const all = new Map<string, boolean>([...onByDefault.map((name) => [name, true] as const), ...offByDefault.map((name) => [name, false] as const)]);
  for (const name of section.list('enable')) all.set(name, true);
  for (const key of section.keys()) if (key !== 'enable' && !key.includes('.')) all.set(key, section.bool(key));
  if (ini.section('').string('app_mode', 'production') !== 'development') for (const name of developmentOnly) all.set(name, false);
  const enabled = new Set([...all].filter(([, on]) => on).map(([name]) => name).sort());
  return { enabled, has: (name) => enabled.has(name), all: () => all };
}
