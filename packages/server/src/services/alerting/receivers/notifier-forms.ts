/**
 * The forms of contact points (alerting-notifications §6.5): which settings each type has, how the browser asks for them, and which of them are
 * secret. What is left out has its default: `element` input, `input` text for inputs, all flags false.
 */
export interface FormField {
  readonly name: string;
  readonly element?: string;
  readonly input?: string;
  readonly label?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly secure?: boolean;
  readonly protected?: boolean;
  readonly rule?: string;
  readonly dependsOn?: string;
  readonly showWhen?: readonly [field: string, is: string];
  readonly choices?: readonly (readonly [value: string, label: string])[];
  readonly parts?: readonly FormField[];
}

export interface FormVersion {
  readonly version: string;
  readonly alias?: string;
  readonly canCreate?: boolean;
  readonly deprecated?: boolean;
  readonly options: readonly FormField[];
}

export interface NotifierForm {
  readonly type: string;
  readonly name: string;
  readonly heading: string;
  readonly info?: boolean;
  readonly deprecated?: boolean;
  readonly versions: readonly FormVersion[];
}

export const notifierForms: readonly NotifierForm[] = [
  {
    type: 'LINE', name: 'LINE', heading: 'LINE notify settings', deprecated: true,
    versions: [
      {
        version: 'v1', alias: 'line',
        options: [
          { name: 'token', label: 'Token', required: true, secure: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', placeholder: '{{ template "default.message" . }}' },
        ],
      },
    ],
  },
  {
    type: 'dingding', name: 'DingDing', heading: 'DingDing settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', placeholder: 'https://oapi.dingtalk.com/robot/send?access_token=xxxxxxxxx', required: true, secure: true, protected: true },
          { name: 'msgType', element: 'select', label: 'Message Type', choices: [['link', 'Link'], ['actionCard', 'ActionCard']] },
          { name: 'title', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
    ],
  },
  {
    type: 'discord', name: 'Discord', heading: 'Discord settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', input: 'text', label: 'Message Content', placeholder: '{{ template "default.message" . }}' },
          { name: 'url', label: 'Webhook URL', required: true, secure: true, protected: true },
          { name: 'avatar_url', label: 'Avatar URL' },
          { name: 'use_discord_username', element: 'checkbox', label: 'Use Discord\'s Webhook Username' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'email', name: 'Email', heading: 'Email settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'singleEmail', element: 'checkbox', label: 'Single email' },
          { name: 'addresses', element: 'textarea', label: 'Addresses', required: true },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'subject', element: 'textarea', input: 'text', label: 'Subject', placeholder: '{{ template "default.title" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'to', element: 'textarea', required: true },
          { name: 'from' },
          { name: 'smarthost' },
          { name: 'hello' },
          { name: 'auth_username' },
          { name: 'auth_password', input: 'password', secure: true },
          { name: 'auth_secret', input: 'password', secure: true },
          { name: 'auth_identity' },
          { name: 'require_tls', element: 'checkbox' },
          { name: 'html', element: 'textarea' },
          { name: 'text', element: 'textarea' },
          { name: 'headers', element: 'key_value_map' },
          { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] },
        ],
      },
    ],
  },
  {
    type: 'googlechat', name: 'Google Chat', heading: 'Google Chat settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', required: true, secure: true, protected: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'hide_open_button', element: 'checkbox', label: 'HideOpenButton' },
          { name: 'hide_version_info', element: 'checkbox', label: 'HideVersionInfo' },
        ],
      },
    ],
  },
  {
    type: 'jira', name: 'Jira', heading: 'Jira settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'api_url', label: 'API URL of Jira instance, including version of API', placeholder: 'https://grafana.atlassian.net/rest/api/3', required: true, protected: true },
          { name: 'user', label: 'HTTP Basic Authentication - Username', secure: true },
          { name: 'password', input: 'password', label: 'HTTP Basic Authentication - Password', secure: true },
          { name: 'api_token', input: 'password', label: 'Authorization Header - Personal Access Token', secure: true },
          { name: 'project', label: 'Project Key', placeholder: 'Grafana', required: true },
          { name: 'issue_type', label: 'Issue Type', placeholder: 'Task', required: true },
          { name: 'summary', label: 'Summary', placeholder: '{{ template "jira.default.summary" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', placeholder: '{{ template "jira.default.description" . }}' },
          { name: 'labels', element: 'string_array', label: 'Labels' },
          { name: 'priority', label: 'Priority', placeholder: '{{ template "jira.default.priority" . }}' },
          { name: 'resolve_transition', label: 'Resolve Transition' },
          { name: 'reopen_transition', label: 'Reopen Transition' },
          { name: 'reopen_duration', label: 'Reopen Duration', placeholder: '10m' },
          { name: 'wont_fix_resolution', label: '"Won\'t fix" Transition' },
          { name: 'dedup_key_field', label: 'Custom field ID for deduplication', placeholder: '10000', rule: '^[0-9]+$' },
          { name: 'fields', element: 'key_value_map', input: 'text', label: 'Custom Field Data' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'kafka', name: 'Kafka REST Proxy', heading: 'Kafka settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'kafkaRestProxy', label: 'Kafka REST Proxy', placeholder: 'http://localhost:8082', required: true, protected: true },
          { name: 'kafkaTopic', label: 'Topic', placeholder: 'topic1', required: true },
          { name: 'username', label: 'Username' },
          { name: 'password', input: 'password', label: 'Password', secure: true },
          { name: 'apiVersion', element: 'select', input: 'text', label: 'API version', choices: [['v2', 'v2'], ['v3', 'v3']] },
          { name: 'kafkaClusterId', label: 'Cluster ID', placeholder: 'lkc-abcde', required: true, showWhen: ['apiVersion', 'v3'] },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', placeholder: '{{ template "default.title" . }}' },
          { name: 'details', element: 'textarea', label: 'Details', placeholder: '{{ template "default.message" . }}' },
        ],
      },
    ],
  },
  {
    type: 'mqtt', name: 'MQTT', heading: 'MQTT settings', info: true,
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'brokerUrl', label: 'Broker URL', placeholder: 'tcp://localhost:1883', required: true, protected: true },
          { name: 'topic', label: 'Topic', placeholder: 'grafana/alerts', required: true },
          { name: 'messageFormat', element: 'select', input: 'text', label: 'Message format', placeholder: 'json', choices: [['json', 'json'], ['text', 'text']] },
          { name: 'clientId', label: 'Client ID' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'username', label: 'Username' },
          { name: 'password', label: 'Password', secure: true },
          { name: 'qos', element: 'select', label: 'QoS', choices: [['0', 'At most once (0)'], ['1', 'At least once (1)'], ['2', 'Exactly once (2)']] },
          { name: 'retain', element: 'checkbox', label: 'Retain' },
          { name: 'tlsConfig', element: 'subform', label: 'TLS', parts: [{ name: 'insecureSkipVerify', element: 'checkbox', label: 'Disable certificate verification' }, { name: 'caCertificate', element: 'textarea', input: 'text', label: 'CA Certificate', secure: true }, { name: 'clientCertificate', element: 'textarea', input: 'text', label: 'Client Certificate', secure: true }, { name: 'clientKey', element: 'textarea', input: 'text', label: 'Client Key', secure: true }] },
        ],
      },
    ],
  },
  {
    type: 'oncall', name: 'Grafana IRM', heading: 'Grafana IRM settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', required: true, protected: true },
          { name: 'httpMethod', element: 'select', label: 'HTTP Method', choices: [['POST', 'POST'], ['PUT', 'PUT']] },
          { name: 'username', label: 'HTTP Basic Authentication - Username' },
          { name: 'password', input: 'password', label: 'HTTP Basic Authentication - Password', secure: true },
          { name: 'authorization_scheme', label: 'Authorization Header - Scheme', placeholder: 'Bearer' },
          { name: 'authorization_credentials', label: 'Authorization Header - Credentials', secure: true },
          { name: 'maxAlerts', label: 'Max Alerts' },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
    ],
  },
  {
    type: 'opsgenie', name: 'OpsGenie', heading: 'OpsGenie settings',
    versions: [
      {
        version: 'v1', deprecated: true,
        options: [
          { name: 'apiKey', label: 'API Key', required: true, secure: true },
          { name: 'apiUrl', label: 'Alert API URL', placeholder: 'https://api.opsgenie.com/v2/alerts', required: true, protected: true },
          { name: 'message', element: 'textarea', input: 'text', label: 'Message', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', label: 'Description' },
          { name: 'autoClose', element: 'checkbox', label: 'Auto close incidents' },
          { name: 'overridePriority', element: 'checkbox', label: 'Override priority' },
          { name: 'sendTagsAs', element: 'select', label: 'Send notification tags as', choices: [['tags', 'Tags'], ['details', 'Extra Properties'], ['both', 'Tags & Extra Properties']] },
          { name: 'responders', element: 'subform_array', label: 'Responders', parts: [{ name: 'type', input: '', label: 'Type', required: true }, { name: 'name', input: '', label: 'Name' }, { name: 'id', input: '', label: 'ID' }, { name: 'username', input: '', label: 'Username' }] },
        ],
      },
      {
        version: 'v0mimir1', deprecated: true,
        options: [
        ],
      },
    ],
  },
  {
    type: 'pagerduty', name: 'PagerDuty', heading: 'PagerDuty settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'integrationKey', label: 'Integration Key', required: true, secure: true },
          { name: 'severity', label: 'Severity', placeholder: 'critical' },
          { name: 'class', label: 'Class' },
          { name: 'component', label: 'Component', placeholder: 'Grafana' },
          { name: 'group', label: 'Group' },
          { name: 'summary', element: 'textarea', input: 'text', label: 'Summary', placeholder: '{{ template "default.title" . }}' },
          { name: 'source', label: 'Source', placeholder: 'grafana.local' },
          { name: 'client', label: 'Client', placeholder: 'Grafana' },
          { name: 'client_url', label: 'Client URL', placeholder: '{{ .ExternalURL }}' },
          { name: 'details', element: 'key_value_map', input: 'text', label: 'Details' },
          { name: 'url', label: 'URL', placeholder: 'https://events.pagerduty.com/v2/enqueue', protected: true },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'prometheus-alertmanager', name: 'Alertmanager', heading: 'Alertmanager Settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', placeholder: 'http://localhost:9093', required: true, protected: true },
          { name: 'basicAuthUser', label: 'Basic Auth User' },
          { name: 'basicAuthPassword', input: 'password', label: 'Basic Auth Password', secure: true },
        ],
      },
    ],
  },
  {
    type: 'pushover', name: 'Pushover', heading: 'Pushover settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'apiToken', label: 'API Token', placeholder: 'Application token', required: true, secure: true },
          { name: 'userKey', label: 'User key(s)', placeholder: 'comma-separated list', required: true, secure: true },
          { name: 'device', label: 'Device(s) (optional)' },
          { name: 'priority', element: 'select', label: 'Alerting priority', choices: [['2', 'Emergency'], ['1', 'High'], ['0', 'Normal'], ['-1', 'Low'], ['-2', 'Lowest']] },
          { name: 'okPriority', element: 'select', label: 'OK priority', choices: [['2', 'Emergency'], ['1', 'High'], ['0', 'Normal'], ['-1', 'Low'], ['-2', 'Lowest']] },
          { name: 'retry', label: 'Retry (Only used for Emergency Priority)' },
          { name: 'expire', label: 'Expire (Only used for Emergency Priority)' },
          { name: 'sound', element: 'select', label: 'Alerting sound', choices: [['default', 'Default'], ['pushover', 'Pushover'], ['bike', 'Bike'], ['bugle', 'Bugle'], ['cashregister', 'Cashregister'], ['classical', 'Classical'], ['cosmic', 'Cosmic'], ['falling', 'Falling'], ['gamelan', 'Gamelan'], ['incoming', 'Incoming'], ['intermission', 'Intermission'], ['magic', 'Magic'], ['mechanical', 'Mechanical'], ['pianobar', 'Pianobar'], ['siren', 'Siren'], ['spacealarm', 'Spacealarm'], ['tugboat', 'Tugboat'], ['alien', 'Alien'], ['climb', 'Climb'], ['persistent', 'Persistent'], ['echo', 'Echo'], ['updown', 'Updown'], ['none', 'None']] },
          { name: 'okSound', element: 'select', label: 'OK sound', choices: [['default', 'Default'], ['pushover', 'Pushover'], ['bike', 'Bike'], ['bugle', 'Bugle'], ['cashregister', 'Cashregister'], ['classical', 'Classical'], ['cosmic', 'Cosmic'], ['falling', 'Falling'], ['gamelan', 'Gamelan'], ['incoming', 'Incoming'], ['intermission', 'Intermission'], ['magic', 'Magic'], ['mechanical', 'Mechanical'], ['pianobar', 'Pianobar'], ['siren', 'Siren'], ['spacealarm', 'Spacealarm'], ['tugboat', 'Tugboat'], ['alien', 'Alien'], ['climb', 'Climb'], ['persistent', 'Persistent'], ['echo', 'Echo'], ['updown', 'Updown'], ['none', 'None']] },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'sensugo', name: 'Sensu Go', heading: 'Sensu Go Settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'Backend URL', placeholder: 'http://sensu-api.local:8080', required: true, protected: true },
          { name: 'apikey', input: 'password', label: 'API Key', required: true, secure: true },
          { name: 'entity', label: 'Proxy entity name', placeholder: 'default' },
          { name: 'check', label: 'Check name', placeholder: 'default' },
          { name: 'handler', label: 'Handler' },
          { name: 'namespace', label: 'Namespace', placeholder: 'default' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
    ],
  },
  {
    type: 'slack', name: 'Slack', heading: 'Slack settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'recipient', label: 'Recipient', required: true, dependsOn: 'url' },
          { name: 'token', label: 'Token', required: true, secure: true, dependsOn: 'url' },
          { name: 'username', label: 'Username' },
          { name: 'icon_emoji', label: 'Icon emoji' },
          { name: 'icon_url', label: 'Icon URL' },
          { name: 'mentionUsers', label: 'Mention Users' },
          { name: 'mentionGroups', label: 'Mention Groups' },
          { name: 'mentionChannel', element: 'select', label: 'Mention Channel', choices: [['', 'Disabled'], ['here', 'Every active channel member'], ['channel', 'Every channel member']] },
          { name: 'url', label: 'Webhook URL', required: true, secure: true, protected: true, dependsOn: 'token' },
          { name: 'endpointUrl', label: 'Endpoint URL', protected: true },
          { name: 'color', label: 'Color', placeholder: '{{ if eq .Status "firing" }}#D63232{{ else }}#36a64f{{ end }}' },
          { name: 'title', label: 'Title', placeholder: '{{ template "slack.default.title" . }}' },
          { name: 'text', element: 'textarea', label: 'Text Body', placeholder: '{{ template "slack.default.text" . }}' },
          { name: 'footer', label: 'Footer', placeholder: '{{ template "slack.default.footer" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url', required: true, secure: true },
          { name: 'channel' },
          { name: 'username' },
          { name: 'icon_emoji' },
          { name: 'icon_url' },
          { name: 'link_names', element: 'checkbox' },
          { name: 'callback_id' },
          { name: 'color' },
          { name: 'fallback' },
          { name: 'footer' },
          { name: 'mrkdwn_in', element: 'string_array' },
          { name: 'pretext' },
          { name: 'short_fields', element: 'checkbox' },
          { name: 'text', element: 'textarea' },
          { name: 'title' },
          { name: 'title_link' },
          { name: 'image_url' },
          { name: 'thumb_url' },
          { name: 'actions', element: 'subform_array', parts: [{ name: 'text', required: true }, { name: 'type', required: true }, { name: 'url' }, { name: 'name' }, { name: 'value' }, { name: 'confirm', element: 'subform', parts: [{ name: 'text', required: true }, { name: 'dismiss_text' }, { name: 'ok_text' }, { name: 'title' }] }, { name: 'style' }] },
          { name: 'fields', element: 'subform_array', parts: [{ name: 'title', required: true }, { name: 'value', required: true }, { name: 'short', element: 'checkbox' }] },
          { name: 'http_config', element: 'subform', parts: [{ name: 'basic_auth', element: 'subform', parts: [{ name: 'username' }, { name: 'password', input: 'password', secure: true }] }, { name: 'authorization', element: 'subform', parts: [{ name: 'type' }, { name: 'credentials', input: 'password', secure: true }] }, { name: 'follow_redirects', element: 'checkbox' }, { name: 'enable_http2', element: 'checkbox' }, { name: 'http_headers', element: 'key_value_map' }, { name: 'proxy_url' }, { name: 'no_proxy' }, { name: 'proxy_from_environment', element: 'checkbox' }, { name: 'proxy_connect_header', element: 'key_value_map' }, { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }, { name: 'oauth2', element: 'subform', parts: [{ name: 'client_id', required: true }, { name: 'client_secret', input: 'password', required: true, secure: true }, { name: 'token_url', required: true }, { name: 'scopes', element: 'string_array' }, { name: 'endpoint_params', element: 'key_value_map' }, { name: 'TLSConfig', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }] }] },
        ],
      },
    ],
  },
  {
    type: 'sns', name: 'AWS SNS', heading: 'AWS SNS settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'api_url', label: 'The Amazon SNS API URL' },
          { name: 'sigv4', element: 'subform', label: 'SigV4 Authentication', parts: [{ name: 'region', label: 'Region' }, { name: 'access_key', label: 'Access Key', secure: true }, { name: 'secret_key', label: 'Secret Key', secure: true }, { name: 'profile', label: 'Profile' }, { name: 'role_arn', label: 'Role ARN' }] },
          { name: 'topic_arn', label: 'SNS topic ARN' },
          { name: 'phone_number', label: 'Phone number' },
          { name: 'target_arn', label: 'Target ARN' },
          { name: 'subject', element: 'textarea', input: 'text', label: 'Subject', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'attributes', element: 'key_value_map', input: 'text', label: 'Attributes' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url' },
          { name: 'sigv4', element: 'subform', parts: [{ name: 'Region' }, { name: 'AccessKey' }, { name: 'SecretKey', input: 'password', secure: true }, { name: 'Profile' }, { name: 'RoleARN' }] },
          { name: 'topic_arn' },
          { name: 'phone_number' },
          { name: 'target_arn' },
          { name: 'subject' },
          { name: 'message' },
          { name: 'attributes', element: 'key_value_map' },
          { name: 'http_config', element: 'subform', parts: [{ name: 'basic_auth', element: 'subform', parts: [{ name: 'username' }, { name: 'password', input: 'password', secure: true }] }, { name: 'authorization', element: 'subform', parts: [{ name: 'type' }, { name: 'credentials', input: 'password', secure: true }] }, { name: 'follow_redirects', element: 'checkbox' }, { name: 'enable_http2', element: 'checkbox' }, { name: 'http_headers', element: 'key_value_map' }, { name: 'proxy_url' }, { name: 'no_proxy' }, { name: 'proxy_from_environment', element: 'checkbox' }, { name: 'proxy_connect_header', element: 'key_value_map' }, { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }, { name: 'oauth2', element: 'subform', parts: [{ name: 'client_id', required: true }, { name: 'client_secret', input: 'password', required: true, secure: true }, { name: 'token_url', required: true }, { name: 'scopes', element: 'string_array' }, { name: 'endpoint_params', element: 'key_value_map' }, { name: 'TLSConfig', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }] }] },
        ],
      },
    ],
  },
  {
    type: 'teams', name: 'Microsoft Teams', heading: 'Teams settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', required: true, protected: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'sectiontitle', label: 'Section Title' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir2', alias: 'msteamsv2',
        options: [
          { name: 'webhook_url', required: true, secure: true },
          { name: 'title' },
          { name: 'text' },
          { name: 'http_config', element: 'subform', parts: [{ name: 'basic_auth', element: 'subform', parts: [{ name: 'username' }, { name: 'password', input: 'password', secure: true }] }, { name: 'authorization', element: 'subform', parts: [{ name: 'type' }, { name: 'credentials', input: 'password', secure: true }] }, { name: 'follow_redirects', element: 'checkbox' }, { name: 'enable_http2', element: 'checkbox' }, { name: 'http_headers', element: 'key_value_map' }, { name: 'proxy_url' }, { name: 'no_proxy' }, { name: 'proxy_from_environment', element: 'checkbox' }, { name: 'proxy_connect_header', element: 'key_value_map' }, { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }, { name: 'oauth2', element: 'subform', parts: [{ name: 'client_id', required: true }, { name: 'client_secret', input: 'password', required: true, secure: true }, { name: 'token_url', required: true }, { name: 'scopes', element: 'string_array' }, { name: 'endpoint_params', element: 'key_value_map' }, { name: 'TLSConfig', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }] }] },
        ],
      },
      {
        version: 'v0mimir1', alias: 'msteams',
        options: [
          { name: 'webhook_url', required: true, secure: true },
          { name: 'title' },
          { name: 'summary' },
          { name: 'text' },
          { name: 'http_config', element: 'subform', parts: [{ name: 'basic_auth', element: 'subform', parts: [{ name: 'username' }, { name: 'password', input: 'password', secure: true }] }, { name: 'authorization', element: 'subform', parts: [{ name: 'type' }, { name: 'credentials', input: 'password', secure: true }] }, { name: 'follow_redirects', element: 'checkbox' }, { name: 'enable_http2', element: 'checkbox' }, { name: 'http_headers', element: 'key_value_map' }, { name: 'proxy_url' }, { name: 'no_proxy' }, { name: 'proxy_from_environment', element: 'checkbox' }, { name: 'proxy_connect_header', element: 'key_value_map' }, { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }, { name: 'oauth2', element: 'subform', parts: [{ name: 'client_id', required: true }, { name: 'client_secret', input: 'password', required: true, secure: true }, { name: 'token_url', required: true }, { name: 'scopes', element: 'string_array' }, { name: 'endpoint_params', element: 'key_value_map' }, { name: 'TLSConfig', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }] }] },
        ],
      },
    ],
  },
  {
    type: 'telegram', name: 'Telegram', heading: 'Telegram API settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'bottoken', label: 'BOT API Token', required: true, secure: true },
          { name: 'chatid', label: 'Chat ID', required: true },
          { name: 'message_thread_id', label: 'Message Thread ID', rule: '-?[0-9]{1,10}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'parse_mode', element: 'select', label: 'Parse Mode', choices: [['None', 'None'], ['HTML', 'HTML'], ['Markdown', 'Markdown'], ['MarkdownV2', 'Markdown V2']] },
          { name: 'disable_web_page_preview', element: 'checkbox', label: 'Disable Web Page Preview' },
          { name: 'protect_content', element: 'checkbox', label: 'Protect Content' },
          { name: 'disable_notification', element: 'checkbox', label: 'Disable Notification' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'threema', name: 'Threema Gateway', heading: 'Threema Gateway settings', info: true,
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'gateway_id', label: 'Gateway ID', placeholder: '*3MAGWID', required: true, rule: '\\*[0-9A-Z]{7}' },
          { name: 'recipient_id', label: 'Recipient ID', placeholder: 'YOUR3MID', required: true, rule: '[0-9A-Z]{8}' },
          { name: 'api_secret', label: 'API Secret', required: true, secure: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', placeholder: '{{ template "default.message" . }}' },
        ],
      },
    ],
  },
  {
    type: 'victorops', name: 'VictorOps', heading: 'VictorOps settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', placeholder: 'VictorOps url', required: true, secure: true, protected: true },
          { name: 'messageType', element: 'select', label: 'Message Type', choices: [['CRITICAL', 'CRITICAL'], ['WARNING', 'WARNING']] },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'webex', name: 'Cisco Webex Teams', heading: 'Webex settings', info: true,
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'api_url', label: 'Cisco Webex API URL', placeholder: 'https://api.ciscospark.com/v1/messages', protected: true },
          { name: 'room_id', label: 'Room ID', placeholder: 'GMtOWY0ZGJkNzMyMGFl', required: true },
          { name: 'bot_token', label: 'Bot Token', placeholder: 'GMtOWY0ZGJkNzMyMGFl-12535454-123213', required: true, secure: true },
          { name: 'message', label: 'Notification Template', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
        ],
      },
    ],
  },
  {
    type: 'webhook', name: 'Webhook', heading: 'Webhook settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'URL', required: true, protected: true },
          { name: 'httpMethod', element: 'select', label: 'HTTP Method', choices: [['POST', 'POST'], ['PUT', 'PUT']] },
          { name: 'username', label: 'HTTP Basic Authentication - Username' },
          { name: 'password', input: 'password', label: 'HTTP Basic Authentication - Password', secure: true },
          { name: 'authorization_scheme', label: 'Authorization Header - Scheme', placeholder: 'Bearer' },
          { name: 'authorization_credentials', label: 'Authorization Header - Credentials', secure: true },
          { name: 'headers', element: 'key_value_map', input: 'text', label: 'Extra Headers' },
          { name: 'maxAlerts', label: 'Max Alerts' },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'payload', element: 'subform', label: 'Custom Payload', parts: [{ name: 'template', element: 'textarea', label: 'Payload Template', placeholder: '{{ template "webhook.default.payload" . }}', required: true }, { name: 'vars', element: 'key_value_map', input: 'text', label: 'Payload Variables' }] },
          { name: 'tlsConfig', element: 'subform', label: 'TLS', parts: [{ name: 'insecureSkipVerify', element: 'checkbox', label: 'Disable certificate verification' }, { name: 'caCertificate', element: 'textarea', input: 'text', label: 'CA Certificate', secure: true }, { name: 'clientCertificate', element: 'textarea', input: 'text', label: 'Client Certificate', secure: true }, { name: 'clientKey', element: 'textarea', input: 'text', label: 'Client Key', secure: true }] },
          { name: 'hmacConfig', element: 'subform', label: 'HMAC Signature', parts: [{ name: 'secret', label: 'Secret', required: true, secure: true }, { name: 'header', label: 'Header', placeholder: 'X-Grafana-Alerting-Signature' }, { name: 'timestampHeader', label: 'Timestamp header' }] },
          { name: 'http_config', element: 'subform', label: 'HTTP Config', parts: [{ name: 'oauth2', element: 'subform', label: 'OAuth2', parts: [{ name: 'token_url', label: 'Token URL', required: true, protected: true }, { name: 'client_id', label: 'Client ID', required: true }, { name: 'client_secret', label: 'Client Secret', required: true, secure: true }, { name: 'scopes', element: 'string_array', label: 'Scopes' }, { name: 'endpoint_params', element: 'key_value_map', label: 'Endpoint Parameters' }, { name: 'tls_config', element: 'subform', label: 'TLS', parts: [{ name: 'insecureSkipVerify', element: 'checkbox', label: 'Disable certificate verification' }, { name: 'caCertificate', element: 'textarea', input: 'text', label: 'CA Certificate', secure: true }, { name: 'clientCertificate', element: 'textarea', input: 'text', label: 'Client Certificate', secure: true }, { name: 'clientKey', element: 'textarea', input: 'text', label: 'Client Key', secure: true }] }, { name: 'proxy_config', element: 'subform', label: 'Proxy Config', parts: [{ name: 'proxy_url', label: 'Proxy URL', placeholder: 'https://proxy.example.com', protected: true }, { name: 'proxy_from_environment', element: 'checkbox', label: 'Proxy from environment' }, { name: 'no_proxy', label: 'No Proxy', placeholder: 'example.com,1.2.3.4' }, { name: 'proxy_connect_header', element: 'key_value_map', input: 'text', label: 'Proxy Connect Header' }] }] }] },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'url', required: true, secure: true },
          { name: 'max_alerts', input: 'number', rule: '(^\\d+$|^$)' },
          { name: 'timeout' },
          { name: 'http_config', element: 'subform', parts: [{ name: 'basic_auth', element: 'subform', parts: [{ name: 'username' }, { name: 'password', input: 'password', secure: true }] }, { name: 'authorization', element: 'subform', parts: [{ name: 'type' }, { name: 'credentials', input: 'password', secure: true }] }, { name: 'follow_redirects', element: 'checkbox' }, { name: 'enable_http2', element: 'checkbox' }, { name: 'http_headers', element: 'key_value_map' }, { name: 'proxy_url' }, { name: 'no_proxy' }, { name: 'proxy_from_environment', element: 'checkbox' }, { name: 'proxy_connect_header', element: 'key_value_map' }, { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }, { name: 'oauth2', element: 'subform', parts: [{ name: 'client_id', required: true }, { name: 'client_secret', input: 'password', required: true, secure: true }, { name: 'token_url', required: true }, { name: 'scopes', element: 'string_array' }, { name: 'endpoint_params', element: 'key_value_map' }, { name: 'TLSConfig', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }] }] },
        ],
      },
    ],
  },
  {
    type: 'wechat', name: 'WeChat', heading: 'WeChat settings',
    versions: [
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url' },
          { name: 'api_secret', secure: true },
          { name: 'corp_id' },
          { name: 'message' },
          { name: 'message_type', element: 'select', choices: [['text', 'Text'], ['markdown', 'Markdown']] },
          { name: 'agent_id' },
          { name: 'to_user' },
          { name: 'to_party' },
          { name: 'to_tag' },
          { name: 'http_config', element: 'subform', parts: [{ name: 'basic_auth', element: 'subform', parts: [{ name: 'username' }, { name: 'password', input: 'password', secure: true }] }, { name: 'authorization', element: 'subform', parts: [{ name: 'type' }, { name: 'credentials', input: 'password', secure: true }] }, { name: 'follow_redirects', element: 'checkbox' }, { name: 'enable_http2', element: 'checkbox' }, { name: 'http_headers', element: 'key_value_map' }, { name: 'proxy_url' }, { name: 'no_proxy' }, { name: 'proxy_from_environment', element: 'checkbox' }, { name: 'proxy_connect_header', element: 'key_value_map' }, { name: 'tls_config', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }, { name: 'oauth2', element: 'subform', parts: [{ name: 'client_id', required: true }, { name: 'client_secret', input: 'password', required: true, secure: true }, { name: 'token_url', required: true }, { name: 'scopes', element: 'string_array' }, { name: 'endpoint_params', element: 'key_value_map' }, { name: 'TLSConfig', element: 'subform', parts: [{ name: 'server_name' }, { name: 'insecure_skip_verify', element: 'checkbox' }, { name: 'min_version' }, { name: 'max_version' }] }] }] },
        ],
      },
    ],
  },
  {
    type: 'wecom', name: 'WeCom', heading: 'WeCom settings',
    versions: [
      {
        version: 'v1', canCreate: true,
        options: [
          { name: 'url', label: 'Webhook URL', placeholder: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=xxxxxxxx', required: true, secure: true, protected: true, dependsOn: 'secret' },
          { name: 'agent_id', label: 'Agent ID', placeholder: '1000002', required: true, dependsOn: 'url' },
          { name: 'corp_id', label: 'Corp ID', placeholder: 'wwxxxxxxxxx', required: true, dependsOn: 'url' },
          { name: 'secret', input: 'password', label: 'Secret', placeholder: 'secret', required: true, secure: true, dependsOn: 'url' },
          { name: 'msgtype', element: 'select', label: 'Message Type', placeholder: 'Text', choices: [['text', 'Text'], ['markdown', 'Markdown']] },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'touser', label: 'To User', placeholder: '@all' },
        ],
      },
    ],
  },
];
