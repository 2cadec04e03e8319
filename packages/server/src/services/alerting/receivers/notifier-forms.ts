/**
 * The forms of contact points (alerting-notifications §6.5): which settings each type has, how the browser asks for them, and which of them are
 * secret. What is left out has its default: `element` input, `input` text for inputs, all flags false.
 */
export interface FormField {
  readonly name: string;
  readonly element?: string;
  readonly input?: string;
  readonly label?: string;
  /** What to fill in, below the field. */
  readonly help?: string;
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

/** Forms of the Alertmanager's own settings: how its HTTP client is set up. */
const tlsParts: readonly FormField[] = [
  { name: 'server_name', label: 'Server name', help: 'Name that the server\'s certificate must have' },
  { name: 'insecure_skip_verify', element: 'checkbox', label: 'Skip verify', help: 'Accept any certificate of the server' },
  { name: 'min_version', label: 'Min TLS Version' },
  { name: 'max_version', label: 'Max TLS Version' },
];

const httpConfig: FormField = {
  name: 'http_config', element: 'subform', label: 'HTTP Config', help: 'How requests are made; basic_auth and bearer_token exclude each other', parts: [
    {
      name: 'basic_auth', element: 'subform', label: 'Basic auth', help: 'User and password of the Authorization header', parts: [
        { name: 'username', label: 'Username' },
        { name: 'password', input: 'password', label: 'Password', secure: true },
      ],
    },
    {
      name: 'authorization', element: 'subform', label: 'Authorization', help: 'Scheme and credentials of the Authorization header', parts: [
        { name: 'type', label: 'Type' },
        { name: 'credentials', input: 'password', label: 'Credentials', secure: true },
      ],
    },
    { name: 'follow_redirects', element: 'checkbox', label: 'Follow redirects', help: 'Go on to where a redirect (3xx) leads' },
    { name: 'enable_http2', element: 'checkbox', label: 'Enable HTTP2', help: 'Use HTTP/2 where the other side offers it' },
    { name: 'http_headers', element: 'key_value_map', label: 'HTTP Headers', help: 'Headers added to every request' },
    { name: 'proxy_url', label: 'Proxy URL', help: 'Proxy through which requests are made' },
    { name: 'no_proxy', label: 'No Proxy', help: 'Domains reached without the proxy, separated by commas' },
    { name: 'proxy_from_environment', element: 'checkbox', label: 'Proxy From Environment', help: 'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY' },
    { name: 'proxy_connect_header', element: 'key_value_map', label: 'Proxy Header Environment', help: 'Headers for the proxy, sent with CONNECT' },
    { name: 'tls_config', element: 'subform', label: 'TLS config', help: 'How the connection is secured', parts: tlsParts },
    {
      name: 'oauth2', element: 'subform', label: 'OAuth2', help: 'Get a token by OAuth2 first', parts: [
        { name: 'client_id', label: 'Client ID', help: 'Client id for OAuth2', required: true },
        { name: 'client_secret', input: 'password', label: 'Client secret', help: 'Client secret for OAuth2', required: true, secure: true },
        { name: 'token_url', label: 'Token URL', help: 'Address where tokens are given out', required: true },
        { name: 'scopes', element: 'string_array', label: 'Scopes', help: 'Scopes of the token, separated by commas' },
        { name: 'endpoint_params', element: 'key_value_map', label: 'Additional parameters' },
        { name: 'TLSConfig', element: 'subform', label: 'TLS config', help: 'How the connection is secured', parts: tlsParts },
      ],
    },
  ],
};

export const notifierForms: readonly NotifierForm[] = [
  {
    type: 'LINE', name: 'LINE', heading: 'LINE notify settings', deprecated: true,
    versions: [
      {
        version: 'v1', alias: 'line',
        options: [
          { name: 'token', label: 'Token', placeholder: 'Token of LINE notify', required: true, secure: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', help: 'Text of the message; may be a template', placeholder: '{{ template "default.message" . }}' },
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
          { name: 'title', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', help: 'What the message says. Templates are filled in.', placeholder: '{{ template "default.message" . }}' },
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
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', input: 'text', label: 'Message Content', help: 'Write @ for a group and <@ID> for a person to mention them', placeholder: '{{ template "default.message" . }}' },
          { name: 'url', label: 'Webhook URL', placeholder: 'Address of a Discord webhook', required: true, secure: true, protected: true },
          { name: 'avatar_url', label: 'Avatar URL' },
          { name: 'use_discord_username', element: 'checkbox', label: 'Use Discord\'s Webhook Username', help: 'Post under the name that the webhook has in Discord, and not as Grafana' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'webhook_url', label: 'Webhook URL', placeholder: 'Address of a Discord webhook', required: true, secure: true },
          { name: 'title', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "discord.default.title" . }}' },
          { name: 'message', label: 'Message Content', help: 'Write @ for a group and <@ID> for a person to mention them', placeholder: '{{ template "discord.default.message" . }}' },
          httpConfig,
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
          { name: 'singleEmail', element: 'checkbox', label: 'Single email', help: 'One mail for all addresses, and not one for each' },
          { name: 'addresses', element: 'textarea', label: 'Addresses', help: 'One or more addresses, separated by semicolons, commas or line breaks', required: true },
          { name: 'message', element: 'textarea', label: 'Message', help: 'Takes the place of the default text. Templates are filled in.', placeholder: '{{ template "default.message" . }}' },
          { name: 'subject', element: 'textarea', input: 'text', label: 'Subject', help: 'Takes the place of the default subject. Templates are filled in.', placeholder: '{{ template "default.title" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'to', element: 'textarea', label: 'To', help: 'One or more addresses, separated by commas. Templates are filled in.', required: true },
          { name: 'from', label: 'From', help: 'Address that the mail comes from' },
          { name: 'smarthost', label: 'SMTP host', help: 'Mail server, as host and port' },
          { name: 'hello', label: 'Hello', help: 'Name by which we introduce ourselves to the mail server' },
          { name: 'auth_username', label: 'Username', help: 'Credentials for the mail server' },
          { name: 'auth_password', input: 'password', label: 'Password', help: 'Credentials for the mail server', secure: true },
          { name: 'auth_secret', input: 'password', label: 'Secret', help: 'Credentials for the mail server', secure: true },
          { name: 'auth_identity', label: 'Identity', help: 'Credentials for the mail server' },
          { name: 'require_tls', element: 'checkbox', label: 'Require TLS', help: 'Insist on a secured connection (TLS)' },
          { name: 'html', element: 'textarea', label: 'Email HTML body', help: 'Body of the mail as HTML', placeholder: '{{ template "email.default.html" . }}' },
          { name: 'text', element: 'textarea', label: 'Email text body', help: 'Body of the mail as plain text' },
          { name: 'headers', element: 'key_value_map', label: 'Headers', help: 'More headers of the mail; they win over those set otherwise' },
          { name: 'tls_config', element: 'subform', label: 'TLS config', help: 'How the connection is secured', parts: tlsParts },
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
          { name: 'url', label: 'URL', placeholder: 'Address of an incoming webhook', required: true, secure: true, protected: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'hide_open_button', element: 'checkbox', label: 'HideOpenButton', help: 'Leave out the button that opens Grafana' },
          { name: 'hide_version_info', element: 'checkbox', label: 'HideVersionInfo', help: 'Leave out the version of Grafana' },
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
          { name: 'api_url', label: 'API URL of Jira instance, including version of API', help: 'Versions 2 and 3 of the API are known', placeholder: 'https://grafana.atlassian.net/rest/api/3', required: true, protected: true },
          { name: 'user', label: 'HTTP Basic Authentication - Username', help: 'User to sign in to Jira with', secure: true },
          { name: 'password', input: 'password', label: 'HTTP Basic Authentication - Password', help: 'Password to sign in to Jira with', secure: true },
          { name: 'api_token', input: 'password', label: 'Authorization Header - Personal Access Token', help: 'Token sent as bearer in the Authorization header', secure: true },
          { name: 'project', label: 'Project Key', help: 'Key of the project that issues go to', placeholder: 'Grafana', required: true },
          { name: 'issue_type', label: 'Issue Type', help: 'Kind of issue, such as Bug or Task. Templates are filled in.', placeholder: 'Task', required: true },
          { name: 'summary', label: 'Summary', help: 'Summary of the issue, at most 255 characters. Templates are filled in.', placeholder: '{{ template "jira.default.summary" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', help: 'Description of the issue, at most 32767 characters. Templates are filled in.', placeholder: '{{ template "jira.default.description" . }}' },
          { name: 'labels', element: 'string_array', label: 'Labels', help: 'Labels that the issue gets. Templates are filled in.' },
          { name: 'priority', label: 'Priority', help: 'Priority of the issue, such as High or Low. Templates are filled in.', placeholder: '{{ template "jira.default.priority" . }}' },
          { name: 'resolve_transition', label: 'Resolve Transition', help: 'Transition that resolves an issue, to a status of category "done". Without it issues stay open.' },
          { name: 'reopen_transition', label: 'Reopen Transition', help: 'Transition that reopens an issue, to a status of another category than "done". Without it issues stay closed.' },
          { name: 'reopen_duration', label: 'Reopen Duration', help: 'Minutes within which a closed issue is reopened; older ones are followed by a new issue', placeholder: '10m' },
          { name: 'wont_fix_resolution', label: '"Won\'t fix" Transition', help: 'Issues with this resolution are not reopened' },
          { name: 'dedup_key_field', label: 'Custom field ID for deduplication', help: 'Number of the custom field that keeps the key of the alert group; without it the key becomes a label, ALERT(key)', placeholder: '10000', rule: '^[0-9]+$' },
          { name: 'fields', element: 'key_value_map', input: 'text', label: 'Custom Field Data', help: 'Values of custom fields of the issue' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url', label: 'API URL', help: 'Host of the Jira API', required: true },
          { name: 'project', label: 'Project Key', help: 'Key of the project that issues go to', required: true },
          { name: 'issue_type', label: 'Issue Type', help: 'Kind of issue, such as Bug', required: true },
          { name: 'summary', label: 'Summary', help: 'Template for the summary', placeholder: '{{ template "jira.default.summary" . }}' },
          { name: 'description', element: 'textarea', label: 'Description', help: 'Template for the description', placeholder: '{{ template "jira.default.description" . }}' },
          { name: 'labels', element: 'string_array', label: 'Labels', help: 'Labels that the issue gets' },
          { name: 'priority', label: 'Priority', help: 'Priority of the issue', placeholder: '{{ template "jira.default.priority" . }}' },
          { name: 'reopen_transition', label: 'Reopen transition', help: 'Transition that reopens an issue, to a status of another category than "done"' },
          { name: 'resolve_transition', label: 'Resolve transition', help: 'Transition that resolves an issue, to a status of category "done"' },
          { name: 'wont_fix_resolution', label: 'Won\'t fix resolution', help: 'Issues with this resolution are not reopened' },
          { name: 'reopen_duration', label: 'Reopen duration', help: 'Within which time a closed issue is reopened, in whole minutes', placeholder: 'A duration, such as 1.2s or 100ms' },
          { name: 'fields', element: 'key_value_map', label: 'Fields', help: 'Values of further fields and custom fields' },
          httpConfig,
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
          { name: 'kafkaRestProxy', label: 'Kafka REST Proxy', help: 'For the v3 API of a Confluent server the address ends with /kafka, as in https://localhost:8082/kafka', placeholder: 'http://localhost:8082', required: true, protected: true },
          { name: 'kafkaTopic', label: 'Topic', placeholder: 'topic1', required: true },
          { name: 'username', label: 'Username' },
          { name: 'password', input: 'password', label: 'Password', help: 'Password for the REST proxy', secure: true },
          { name: 'apiVersion', element: 'select', input: 'text', label: 'API version', help: 'Version of the REST API; v2 unless something else is chosen', choices: [['v2', 'v2'], ['v3', 'v3']] },
          { name: 'kafkaClusterId', label: 'Cluster ID', help: 'The v3 API asks for the id of the cluster', placeholder: 'lkc-abcde', required: true, showWhen: ['apiVersion', 'v3'] },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', help: 'Description in the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'details', element: 'textarea', label: 'Details', help: 'Details in the message. Templates are filled in.', placeholder: '{{ template "default.message" . }}' },
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
          { name: 'brokerUrl', label: 'Broker URL', help: 'Address of the MQTT broker', placeholder: 'tcp://localhost:1883', required: true, protected: true },
          { name: 'topic', label: 'Topic', help: 'Topic that messages are sent to', placeholder: 'grafana/alerts', required: true },
          { name: 'messageFormat', element: 'select', input: 'text', label: 'Message format', help: 'json: the default payload, with Message as its message field. text: Message is the whole payload.', placeholder: 'json', choices: [['json', 'json'], ['text', 'text']] },
          { name: 'clientId', label: 'Client ID', help: 'Client id for the broker; a random one if left empty' },
          { name: 'message', element: 'textarea', label: 'Message', help: 'With json the message field of the payload, with text all of it', placeholder: '{{ template "default.message" . }}' },
          { name: 'username', label: 'Username', help: 'User for the broker' },
          { name: 'password', label: 'Password', help: 'Password for the broker', secure: true },
          { name: 'qos', element: 'select', label: 'QoS', help: 'How reliably the broker delivers', choices: [['0', 'At most once (0)'], ['1', 'At least once (1)'], ['2', 'Exactly once (2)']] },
          { name: 'retain', element: 'checkbox', label: 'Retain', help: 'The broker keeps the last message for later subscribers' },
          {
            name: 'tlsConfig', element: 'subform', label: 'TLS', help: 'How the connection is secured', parts: [
              { name: 'insecureSkipVerify', element: 'checkbox', label: 'Disable certificate verification', help: 'Accept any certificate and name of the broker' },
              { name: 'caCertificate', element: 'textarea', input: 'text', label: 'CA Certificate', help: 'Certificate (PEM) that the broker\'s certificate is checked against', secure: true },
              { name: 'clientCertificate', element: 'textarea', input: 'text', label: 'Client Certificate', help: 'Our certificate (PEM) for the broker', secure: true },
              { name: 'clientKey', element: 'textarea', input: 'text', label: 'Client Key', help: 'Key (PEM) of our certificate for the broker', secure: true },
            ],
          },
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
          { name: 'authorization_scheme', label: 'Authorization Header - Scheme', help: 'Scheme of the Authorization header; Bearer if left empty', placeholder: 'Bearer' },
          { name: 'authorization_credentials', label: 'Authorization Header - Credentials', help: 'Credentials of the Authorization header, in place of basic authentication', secure: true },
          { name: 'maxAlerts', label: 'Max Alerts', help: 'How many alerts one notification lists at most; 0 for all' },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', help: 'Text of the message. Templates are filled in.', placeholder: '{{ template "default.message" . }}' },
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
          { name: 'apiKey', label: 'API Key', placeholder: 'Key of the OpsGenie API', required: true, secure: true },
          { name: 'apiUrl', label: 'Alert API URL', placeholder: 'https://api.opsgenie.com/v2/alerts', required: true, protected: true },
          { name: 'message', element: 'textarea', input: 'text', label: 'Message', help: 'Short text of the alert, cut at 130 characters', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', label: 'Description', help: 'Description of the incident; may be a template' },
          { name: 'autoClose', element: 'checkbox', label: 'Auto close incidents', help: 'Close the alert in OpsGenie when it is resolved here' },
          { name: 'overridePriority', element: 'checkbox', label: 'Override priority', help: 'Let the label og_priority set the priority' },
          { name: 'sendTagsAs', element: 'select', label: 'Send notification tags as', help: 'Where OpsGenie shows the common labels and annotations: as tags, as extra properties, or both', choices: [['tags', 'Tags'], ['details', 'Extra Properties'], ['both', 'Tags & Extra Properties']] },
          {
            name: 'responders', element: 'subform_array', label: 'Responders', help: 'Who is told; not used with the API key of a team', parts: [
              { name: 'type', input: '', label: 'Type', help: 'One of team, teams, user, escalation, schedule, or a template', required: true },
              { name: 'name', input: '', label: 'Name', help: 'Name of who is told; needed without id and user name, and for the type teams' },
              { name: 'id', input: '', label: 'ID', help: 'Id of who is told; needed without name and user name' },
              { name: 'username', input: '', label: 'Username', help: 'User name of who is told; needed without id and name' },
            ],
          },
        ],
      },
      {
        version: 'v0mimir1', deprecated: true,
        options: [
          { name: 'api_key', label: 'API key', help: 'Key for the API of OpsGenie', required: true, secure: true },
          { name: 'api_url', label: 'API URL', help: 'Host of the OpsGenie API', required: true },
          { name: 'message', label: 'Message', help: 'Short text of the alert, cut at 130 characters', placeholder: '{{ template "opsgenie.default.message" . }}' },
          { name: 'description', label: 'Description', help: 'Description of the incident; may be a template', placeholder: '{{ template "opsgenie.default.description" . }}' },
          { name: 'source', label: 'Source', help: 'Link back to where the notification comes from', placeholder: '{{ template "opsgenie.default.source" . }}' },
          { name: 'details', element: 'key_value_map', label: 'Details', help: 'Further details, as pairs of name and value' },
          { name: 'entity', label: 'Entity', help: 'Which domain the alert belongs to, if any' },
          { name: 'actions', label: 'Actions', help: 'Actions that the alert offers, separated by commas' },
          { name: 'tags', label: 'Tags', help: 'Tags of the alert, separated by commas' },
          { name: 'note', label: 'Note', help: 'A note to the alert' },
          { name: 'priority', label: 'Priority', help: 'Priority of the alert, P1 to P5' },
          { name: 'update_alerts', element: 'checkbox', label: 'Update Alerts', help: 'Also change message and description of an alert that is there already; else the new message shows in its activity log only' },
          {
            name: 'responders', element: 'subform_array', label: 'Responders', help: 'Who is told of the alert', parts: [
              { name: 'type', label: 'Type', help: 'One of team, user, escalation, schedule' },
              { name: 'id', label: 'ID', help: 'Fill in one of the three' },
              { name: 'name', label: 'Name', help: 'Fill in one of the three' },
              { name: 'username', label: 'Username', help: 'Fill in one of the three' },
            ],
          },
          httpConfig,
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
          { name: 'integrationKey', label: 'Integration Key', placeholder: 'Key of a PagerDuty integration', required: true, secure: true },
          { name: 'severity', label: 'Severity', help: 'Severity: critical, error, warning or info; anything else counts as critical. Templates are filled in.', placeholder: 'critical' },
          { name: 'class', label: 'Class', help: 'Kind of event, such as "ping failure"' },
          { name: 'component', label: 'Component', help: 'Which part is affected, such as mysql or eth0', placeholder: 'Grafana' },
          { name: 'group', label: 'Group', help: 'Group of parts of a service, such as "app-stack"' },
          { name: 'summary', element: 'textarea', input: 'text', label: 'Summary', help: 'May be a template like others', placeholder: '{{ template "default.title" . }}' },
          { name: 'source', label: 'Source', help: 'Where it happens, best a host name. Templates are filled in.', placeholder: 'grafana.local' },
          { name: 'client', label: 'Client', help: 'Name of the monitoring that sends this. Templates are filled in.', placeholder: 'Grafana' },
          { name: 'client_url', label: 'Client URL', help: 'Address of the monitoring that sends this. Templates are filled in.', placeholder: '{{ .ExternalURL }}' },
          { name: 'details', element: 'key_value_map', input: 'text', label: 'Details', help: 'Further details, as pairs of name and value' },
          { name: 'url', label: 'URL', help: 'Where API requests are sent', placeholder: 'https://events.pagerduty.com/v2/enqueue', protected: true },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'url', label: 'URL', help: 'Where API requests are sent', required: true },
          { name: 'routing_key', label: 'Routing key', help: 'Integration key of the kind "Events API v2"', required: true, secure: true },
          { name: 'service_key', label: 'Service key', help: 'Integration key of the kind "Prometheus"', required: true, secure: true },
          { name: 'client', label: 'Client', help: 'How the Alertmanager calls itself', placeholder: '{{ template "pagerduty.default.client" . }}' },
          { name: 'client_url', label: 'Client URL', help: 'Link back to where the notification comes from', placeholder: '{{ template "pagerduty.default.clientURL" . }}' },
          { name: 'description', label: 'Description', help: 'Description of the incident; may be a template', placeholder: '{{ template "pagerduty.default.description" .}}' },
          { name: 'details', element: 'key_value_map', label: 'Details', help: 'Further details, as pairs of name and value' },
          {
            name: 'images', element: 'subform_array', label: 'Images', help: 'Pictures shown with the incident', parts: [
              { name: 'href', label: 'URL' },
              { name: 'source', label: 'Source' },
              { name: 'alt', label: 'Alt' },
            ],
          },
          { name: 'links', element: 'subform_array', label: 'Links', help: 'Links shown with the incident', parts: [{ name: 'href', label: 'URL' }, { name: 'text', label: 'Text' }] },
          { name: 'source', label: 'Source', help: 'Where exactly it happens' },
          { name: 'severity', label: 'Severity', help: 'How severe the incident is', placeholder: 'error' },
          { name: 'class', label: 'Class', help: 'Kind of the event' },
          { name: 'component', label: 'Component', help: 'Which part of the affected system it is' },
          { name: 'group', label: 'Group', help: 'Group of sources that this belongs to' },
          httpConfig,
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
          { name: 'device', label: 'Device(s) (optional)', placeholder: 'separated by commas; all devices if left empty' },
          { name: 'priority', element: 'select', label: 'Alerting priority', choices: [['2', 'Emergency'], ['1', 'High'], ['0', 'Normal'], ['-1', 'Low'], ['-2', 'Lowest']] },
          { name: 'okPriority', element: 'select', label: 'OK priority', choices: [['2', 'Emergency'], ['1', 'High'], ['0', 'Normal'], ['-1', 'Low'], ['-2', 'Lowest']] },
          { name: 'retry', label: 'Retry (Only used for Emergency Priority)', help: 'Seconds between repetitions of an emergency notification', placeholder: 'minimum 30 seconds' },
          { name: 'expire', label: 'Expire (Only used for Emergency Priority)', help: 'Seconds after which an emergency notification is no longer repeated', placeholder: 'maximum 10800 seconds' },
          { name: 'sound', element: 'select', label: 'Alerting sound', choices: [['default', 'Default'], ['pushover', 'Pushover'], ['bike', 'Bike'], ['bugle', 'Bugle'], ['cashregister', 'Cashregister'], ['classical', 'Classical'], ['cosmic', 'Cosmic'], ['falling', 'Falling'], ['gamelan', 'Gamelan'], ['incoming', 'Incoming'], ['intermission', 'Intermission'], ['magic', 'Magic'], ['mechanical', 'Mechanical'], ['pianobar', 'Pianobar'], ['siren', 'Siren'], ['spacealarm', 'Spacealarm'], ['tugboat', 'Tugboat'], ['alien', 'Alien'], ['climb', 'Climb'], ['persistent', 'Persistent'], ['echo', 'Echo'], ['updown', 'Updown'], ['none', 'None']] },
          { name: 'okSound', element: 'select', label: 'OK sound', choices: [['default', 'Default'], ['pushover', 'Pushover'], ['bike', 'Bike'], ['bugle', 'Bugle'], ['cashregister', 'Cashregister'], ['classical', 'Classical'], ['cosmic', 'Cosmic'], ['falling', 'Falling'], ['gamelan', 'Gamelan'], ['incoming', 'Incoming'], ['intermission', 'Intermission'], ['magic', 'Magic'], ['mechanical', 'Mechanical'], ['pianobar', 'Pianobar'], ['siren', 'Siren'], ['spacealarm', 'Spacealarm'], ['tugboat', 'Tugboat'], ['alien', 'Alien'], ['climb', 'Climb'], ['persistent', 'Persistent'], ['echo', 'Echo'], ['updown', 'Updown'], ['none', 'None']] },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'user_key', label: 'User key', help: 'Key of the user who is told', required: true, secure: true },
          { name: 'token', label: 'Token', help: 'Token of your application, from https://pushover.net/app', required: true, secure: true },
          { name: 'title', label: 'Title', help: 'Notification title.', placeholder: '{{ template "pushover.default.title" . }}' },
          { name: 'message', label: 'Message', help: 'Notification message.', placeholder: '{{ template "pushover.default.message" . }}' },
          { name: 'url', label: 'URL', help: 'Link that is shown below the message', placeholder: '{{ template "pushover.default.url" . }}' },
          { name: 'url_title', label: 'URL Title' },
          { name: 'device', label: 'Device', help: 'Device that is notified, see https://pushover.net/api#device' },
          { name: 'sound', label: 'Sound', help: 'Sound of the notification, see https://pushover.net/api#sound' },
          { name: 'priority', label: 'Priority', help: 'How urgent it is, see https://pushover.net/api#priority', placeholder: '{{ if eq .Status "firing" }}2{{ else }}0{{ end }}' },
          { name: 'retry', label: 'Retry', help: 'Time between repetitions, at least 30 seconds', placeholder: '1m' },
          { name: 'expire', label: 'Expire', help: 'How long an unacknowledged notification is repeated', placeholder: '1h' },
          { name: 'ttl', label: 'TTL', help: 'When the message is deleted by itself, such as 10s, 5m30s or 8h' },
          { name: 'html', element: 'checkbox', label: 'HTML', help: 'The message is written in HTML' },
          httpConfig,
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
          { name: 'apikey', input: 'password', label: 'API Key', help: 'Key for the Sensu Go API', required: true, secure: true },
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
          { name: 'recipient', label: 'Recipient', help: 'Channel, private group or direct message, by id or name; needed without a webhook', required: true, dependsOn: 'url' },
          { name: 'token', label: 'Token', help: 'Token of the Slack API (it begins with xoxb); needed without a webhook', required: true, secure: true, dependsOn: 'url' },
          { name: 'username', label: 'Username', help: 'Name that the message is posted under' },
          { name: 'icon_emoji', label: 'Icon emoji', help: 'Emoji beside the message; wins over the picture' },
          { name: 'icon_url', label: 'Icon URL', help: 'Address of a picture beside the message' },
          { name: 'mentionUsers', label: 'Mention Users', help: 'Ids of people to mention in the channel, separated by commas; their Slack profile shows them' },
          { name: 'mentionGroups', label: 'Mention Groups', help: 'Ids of groups to mention in the channel, separated by commas; the address of their profile shows them' },
          { name: 'mentionChannel', element: 'select', label: 'Mention Channel', help: 'Mention all of the channel, or who is there', choices: [['', 'Disabled'], ['here', 'Every active channel member'], ['channel', 'Every channel member']] },
          { name: 'url', label: 'Webhook URL', help: 'Address of an incoming webhook, in place of a token', placeholder: 'Address of a Slack webhook', required: true, secure: true, protected: true, dependsOn: 'token' },
          { name: 'endpointUrl', label: 'Endpoint URL', help: 'Another endpoint for messages sent by token; https://slack.com/api/chat.postMessage if left empty', placeholder: 'Address of an endpoint', protected: true },
          { name: 'color', label: 'Color', help: 'Color of the message; may be a template', placeholder: '{{ if eq .Status "firing" }}#D63232{{ else }}#36a64f{{ end }}' },
          { name: 'title', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "slack.default.title" . }}' },
          { name: 'text', element: 'textarea', label: 'Text Body', help: 'Text of the message; may be a template', placeholder: '{{ template "slack.default.text" . }}' },
          { name: 'footer', label: 'Footer', help: 'Footer of the message; may be a template', placeholder: '{{ template "slack.default.footer" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url', label: 'Webhook URL', help: 'Address of the Slack webhook', required: true, secure: true },
          { name: 'channel', label: 'Channel', help: 'The #channel or @user that is told' },
          { name: 'username', label: 'Username', placeholder: '{{ template "slack.default.username" . }}' },
          { name: 'icon_emoji', label: 'Emoji icon' },
          { name: 'icon_url', label: 'Icon URL' },
          { name: 'link_names', element: 'checkbox', label: 'Names link' },
          { name: 'callback_id', label: 'Callback ID', placeholder: '{{ template "slack.default.callbackid" . }}' },
          { name: 'color', label: 'Color', placeholder: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}' },
          { name: 'fallback', label: 'Fallback', placeholder: '{{ template "slack.default.fallback" . }}' },
          { name: 'footer', label: 'Footer', placeholder: '{{ template "slack.default.footer" . }}' },
          { name: 'mrkdwn_in', element: 'string_array', label: 'Markdown Fields', help: 'Names of the fields that are written in Markdown' },
          { name: 'pretext', label: 'Pre-text', placeholder: '{{ template "slack.default.pretext" . }}' },
          { name: 'short_fields', element: 'checkbox', label: 'Short Fields' },
          { name: 'text', element: 'textarea', label: 'Message body', placeholder: '{{ template "slack.default.text" . }}' },
          { name: 'title', label: 'Title', placeholder: '{{ template "slack.default.title" . }}' },
          { name: 'title_link', label: 'Title Link', placeholder: '{{ template "slack.default.titlelink" . }}' },
          { name: 'image_url', label: 'Image URL' },
          { name: 'thumb_url', label: 'Thumbnail URL' },
          {
            name: 'actions', element: 'subform_array', label: 'Actions', parts: [
              { name: 'text', label: 'Text', required: true },
              { name: 'type', label: 'Type', required: true },
              { name: 'url', label: 'URL', help: 'Needs an url, or name and value' },
              { name: 'name', label: 'Name' },
              { name: 'value', label: 'Value' },
              {
                name: 'confirm', element: 'subform', label: 'Confirm', parts: [
                  { name: 'text', label: 'Text', required: true },
                  { name: 'dismiss_text', label: 'Dismiss text' },
                  { name: 'ok_text', label: 'OK text' },
                  { name: 'title', label: 'Title' },
                ],
              },
              { name: 'style', label: 'Style' },
            ],
          },
          {
            name: 'fields', element: 'subform_array', label: 'Fields', parts: [
              { name: 'title', label: 'Title', required: true },
              { name: 'value', label: 'Value', required: true },
              { name: 'short', element: 'checkbox', label: 'Short' },
            ],
          },
          httpConfig,
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
          {
            name: 'sigv4', element: 'subform', label: 'SigV4 Authentication', help: 'Sign requests with AWS Signature Version 4', parts: [
              { name: 'region', label: 'Region', help: 'AWS region; that of the default credentials if left empty' },
              { name: 'access_key', label: 'Access Key', help: 'Access key of the AWS API', secure: true },
              { name: 'secret_key', label: 'Secret Key', help: 'Secret key of the AWS API', secure: true },
              { name: 'profile', label: 'Profile', help: 'Name of the AWS profile to sign in with' },
              { name: 'role_arn', label: 'Role ARN', help: 'ARN of an AWS role, in place of keys' },
            ],
          },
          { name: 'topic_arn', label: 'SNS topic ARN', help: 'Topic that is published to, unless there is a phone number or a target. For a FIFO topic let groups wait more than 5 minutes, or SNS takes repetitions for duplicates.' },
          { name: 'phone_number', label: 'Phone number', help: 'Phone number in E.164 form for text messages, unless there is a topic or a target' },
          { name: 'target_arn', label: 'Target ARN', help: 'ARN of a mobile endpoint, unless there is a topic or a phone number' },
          { name: 'subject', element: 'textarea', input: 'text', label: 'Subject', help: 'Subject; the default title if left as it is, and never empty. Templates are filled in.', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', help: 'Text; the default message if left as it is. Templates are filled in.', placeholder: '{{ template "default.message" . }}' },
          { name: 'attributes', element: 'key_value_map', input: 'text', label: 'Attributes', help: 'Attributes of the SNS message' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url', label: 'API URL', help: 'Address of the SNS API' },
          {
            name: 'sigv4', element: 'subform', label: 'SigV4 authentication', help: 'Sign requests with AWS Signature Version 4', parts: [
              { name: 'Region', help: 'AWS region; that of the default credentials if left empty' },
              { name: 'AccessKey', label: 'Access key', help: 'Access key of the AWS API; from AWS_ACCESS_KEY_ID if left empty' },
              { name: 'SecretKey', input: 'password', label: 'Secret key', help: 'Secret key of the AWS API; from AWS_ACCESS_SECRET_ID if left empty', secure: true },
              { name: 'Profile', help: 'Name of the AWS profile to sign in with' },
              { name: 'RoleARN', label: 'Role ARN', help: 'ARN of an AWS role, in place of keys' },
            ],
          },
          { name: 'topic_arn', label: 'SNS topic ARN', help: 'Topic that is published to, unless there is a phone number or a target. For a FIFO topic let groups wait more than 5 minutes, or SNS takes repetitions for duplicates.' },
          { name: 'phone_number', label: 'Phone number', help: 'Phone number in E.164 form for text messages, unless there is a topic or a target' },
          { name: 'target_arn', label: 'Target ARN', help: 'ARN of a mobile endpoint, unless there is a topic or a phone number' },
          { name: 'subject', label: 'Subject', help: 'Subject of the message where it is delivered', placeholder: '{{ template "sns.default.subject" . }}' },
          { name: 'message', label: 'Message', help: 'Text of the SNS message', placeholder: '{{ template "sns.default.message" . }}' },
          { name: 'attributes', element: 'key_value_map', label: 'Attributes', help: 'Attributes of the SNS message' },
          httpConfig,
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
          { name: 'url', label: 'URL', placeholder: 'Address of an incoming webhook', required: true, protected: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'sectiontitle', label: 'Section Title', help: 'Title of the section; none if left empty' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir2', alias: 'msteamsv2',
        options: [
          { name: 'webhook_url', label: 'Webhook URL', help: 'Address of the incoming webhook', required: true, secure: true },
          { name: 'title', label: 'Title', help: 'Template for the title', placeholder: '{{ template "msteamsv2.default.title" . }}' },
          { name: 'text', label: 'Text', help: 'Template for the text', placeholder: '{{ template "msteams.default.text" . }}' },
          httpConfig,
        ],
      },
      {
        version: 'v0mimir1', alias: 'msteams',
        options: [
          { name: 'webhook_url', label: 'Webhook URL', help: 'Address of the incoming webhook', required: true, secure: true },
          { name: 'title', label: 'Title', help: 'Template for the title', placeholder: '{{ template "msteams.default.title" . }}' },
          { name: 'summary', label: 'Summary', help: 'Template for the summary', placeholder: '{{ template "msteams.default.summary" . }}' },
          { name: 'text', label: 'Text', help: 'Template for the text', placeholder: '{{ template "msteams.default.text" . }}' },
          httpConfig,
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
          { name: 'bottoken', label: 'BOT API Token', placeholder: 'Token of the bot', required: true, secure: true },
          { name: 'chatid', label: 'Chat ID', help: 'Number of the chat in Telegram', required: true },
          { name: 'message_thread_id', label: 'Message Thread ID', help: 'Number of the thread in the chat', rule: '-?[0-9]{1,10}' },
          { name: 'message', element: 'textarea', label: 'Message', placeholder: '{{ template "default.message" . }}' },
          { name: 'parse_mode', element: 'select', label: 'Parse Mode', help: 'How the text is marked up; HTML if nothing is chosen', choices: [['None', 'None'], ['HTML', 'HTML'], ['Markdown', 'Markdown'], ['MarkdownV2', 'Markdown V2']] },
          { name: 'disable_web_page_preview', element: 'checkbox', label: 'Disable Web Page Preview', help: 'Show no previews of links in the message' },
          { name: 'protect_content', element: 'checkbox', label: 'Protect Content', help: 'Keep the message from being forwarded and saved' },
          { name: 'disable_notification', element: 'checkbox', label: 'Disable Notification', help: 'Deliver the message without a sound' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url', label: 'API URL', help: 'Address of the Telegram API', placeholder: 'https://api.telegram.org' },
          { name: 'token', label: 'Bot token', help: 'Token of the bot', required: true, secure: true },
          { name: 'chat_id', label: 'Chat ID', help: 'Number of the chat that messages go to', required: true },
          { name: 'message', label: 'Message', help: 'Message template', placeholder: '{{ template "telegram.default.message" . }}' },
          { name: 'disable_notifications', element: 'checkbox', label: 'Disable notifications', help: 'Deliver messages without a sound' },
          { name: 'parse_mode', element: 'select', label: 'Parse mode', help: 'How the text is marked up', choices: [['', 'None'], ['MarkdownV2', 'MarkdownV2'], ['Markdown', 'Markdown'], ['HTML', 'HTML']] },
          httpConfig,
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
          { name: 'gateway_id', label: 'Gateway ID', help: 'Id of your gateway: 8 characters, the first is a *', placeholder: '*3MAGWID', required: true, rule: '\\*[0-9A-Z]{7}' },
          { name: 'recipient_id', label: 'Recipient ID', help: 'Threema id of who is told: 8 characters', placeholder: 'YOUR3MID', required: true, rule: '[0-9A-Z]{8}' },
          { name: 'api_secret', label: 'API Secret', help: 'Secret of your gateway\'s API', required: true, secure: true },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', help: 'Text of the message; may be a template', placeholder: '{{ template "default.message" . }}' },
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
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title that is shown; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'description', element: 'textarea', input: 'text', label: 'Description', help: 'Text of the message; may be a template', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_key', label: 'API key', help: 'Key for the API of VictorOps', secure: true },
          { name: 'api_url', label: 'API URL', help: 'Address of the VictorOps API' },
          { name: 'routing_key', label: 'Routing key', help: 'Key by which VictorOps finds the team', required: true },
          { name: 'message_type', label: 'Message type', help: 'What the alert does: CRITICAL, WARNING or INFO', placeholder: 'CRITICAL' },
          { name: 'entity_display_name', label: 'Entity display name', help: 'Short text about the problem', placeholder: '{{ template "victorops.default.entity_display_name" . }}' },
          { name: 'state_message', label: 'State message', help: 'Long text about the problem', placeholder: '{{ template "victorops.default.state_message" . }}' },
          { name: 'monitoring_tool', label: 'Monitoring tool', help: 'Name of the monitoring that sends this', placeholder: '{{ template "victorops.default.monitoring_tool" . }}' },
          { name: 'custom_fields', element: 'key_value_map', label: 'Custom Fields', help: 'Further details of the alert, as pairs of name and value' },
          httpConfig,
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
          { name: 'api_url', label: 'Cisco Webex API URL', help: 'Address of the API that messages are sent to', placeholder: 'https://api.ciscospark.com/v1/messages', protected: true },
          { name: 'room_id', label: 'Room ID', help: 'Room that messages are sent to', placeholder: 'GMtOWY0ZGJkNzMyMGFl', required: true },
          { name: 'bot_token', label: 'Bot Token', help: 'Access token of the bot that posts; one that does not expire', placeholder: 'GMtOWY0ZGJkNzMyMGFl-12535454-123213', required: true, secure: true },
          { name: 'message', label: 'Notification Template', help: 'Text of the message; may be a template, in Markdown', placeholder: '{{ template "default.message" . }}' },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'api_url', label: 'API URL', help: 'Address of the Webex API', placeholder: 'https://webexapis.com/v1/messages' },
          { name: 'room_id', label: 'Room ID', help: 'Id of the room that messages go to', required: true },
          { name: 'message', label: 'Message', help: 'Message template', placeholder: '{{ template "webex.default.message" . }}' },
          httpConfig,
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
          { name: 'authorization_scheme', label: 'Authorization Header - Scheme', help: 'Scheme of the Authorization header; Bearer if left empty', placeholder: 'Bearer' },
          { name: 'authorization_credentials', label: 'Authorization Header - Credentials', help: 'Credentials of the Authorization header, in place of basic authentication', secure: true },
          { name: 'headers', element: 'key_value_map', input: 'text', label: 'Extra Headers', help: 'More headers of the request' },
          { name: 'maxAlerts', label: 'Max Alerts', help: 'How many alerts one notification lists at most; 0 for all' },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'message', element: 'textarea', label: 'Message', help: 'The field "message" of the payload; may be a template', placeholder: '{{ template "default.message" . }}' },
          {
            name: 'payload', element: 'subform', label: 'Custom Payload', help: 'A payload of your own, in place of title and message', parts: [
              { name: 'template', element: 'textarea', label: 'Payload Template', help: 'Template for the payload', placeholder: '{{ template "webhook.default.payload" . }}', required: true },
              { name: 'vars', element: 'key_value_map', input: 'text', label: 'Payload Variables', help: 'Values for the payload template, where they are .Vars.<name>' },
            ],
          },
          {
            name: 'tlsConfig', element: 'subform', label: 'TLS', help: 'How the connection is secured', parts: [
              { name: 'insecureSkipVerify', element: 'checkbox', label: 'Disable certificate verification', help: 'Accept any certificate and name of the server' },
              { name: 'caCertificate', element: 'textarea', input: 'text', label: 'CA Certificate', help: 'Certificate (PEM) that the server\'s certificate is checked against', secure: true },
              { name: 'clientCertificate', element: 'textarea', input: 'text', label: 'Client Certificate', help: 'Our certificate (PEM) for the server', secure: true },
              { name: 'clientKey', element: 'textarea', input: 'text', label: 'Client Key', help: 'Key (PEM) of our certificate for the server', secure: true },
            ],
          },
          {
            name: 'hmacConfig', element: 'subform', label: 'HMAC Signature', help: 'Sign what is sent with a shared secret', parts: [
              { name: 'secret', label: 'Secret', required: true, secure: true },
              { name: 'header', label: 'Header', help: 'Header that the signature is sent in', placeholder: 'X-Grafana-Alerting-Signature' },
              { name: 'timestampHeader', label: 'Timestamp header', help: 'Header for the time of signing; it is signed along then' },
            ],
          },
          {
            name: 'http_config', element: 'subform', label: 'HTTP Config', help: 'How requests are made', parts: [
              {
                name: 'oauth2', element: 'subform', label: 'OAuth2', help: 'Get a token by OAuth2 first', parts: [
                  { name: 'token_url', label: 'Token URL', help: 'Address where tokens are given out', required: true, protected: true },
                  { name: 'client_id', label: 'Client ID', help: 'Client id to ask for tokens with', required: true },
                  { name: 'client_secret', label: 'Client Secret', help: 'Client secret to ask for tokens with', required: true, secure: true },
                  { name: 'scopes', element: 'string_array', label: 'Scopes', help: 'Scopes that a token is asked for with' },
                  { name: 'endpoint_params', element: 'key_value_map', label: 'Endpoint Parameters', help: 'Further parameters of the request for a token' },
                  {
                    name: 'tls_config', element: 'subform', label: 'TLS', help: 'How the connection for tokens is secured', parts: [
                      { name: 'insecureSkipVerify', element: 'checkbox', label: 'Disable certificate verification', help: 'Accept any certificate and name of the server' },
                      { name: 'caCertificate', element: 'textarea', input: 'text', label: 'CA Certificate', help: 'Certificate (PEM) that the server\'s certificate is checked against', secure: true },
                      { name: 'clientCertificate', element: 'textarea', input: 'text', label: 'Client Certificate', help: 'Our certificate (PEM) for the server', secure: true },
                      { name: 'clientKey', element: 'textarea', input: 'text', label: 'Client Key', help: 'Key (PEM) of our certificate for the server', secure: true },
                    ],
                  },
                  {
                    name: 'proxy_config', element: 'subform', label: 'Proxy Config', help: 'Proxy for requests of tokens', parts: [
                      { name: 'proxy_url', label: 'Proxy URL', help: 'Proxy through which requests are made', placeholder: 'https://proxy.example.com', protected: true },
                      { name: 'proxy_from_environment', element: 'checkbox', label: 'Proxy from environment', help: 'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY' },
                      { name: 'no_proxy', label: 'No Proxy', help: 'Addresses reached without the proxy, separated by commas', placeholder: 'example.com,1.2.3.4' },
                      { name: 'proxy_connect_header', element: 'key_value_map', input: 'text', label: 'Proxy Connect Header', help: 'Headers for the proxy, sent with CONNECT' },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
      {
        version: 'v0mimir1',
        options: [
          { name: 'url', label: 'URL', help: 'Address that requests are posted to', required: true, secure: true },
          { name: 'max_alerts', input: 'number', label: 'Max alerts', help: 'How many alerts one message lists at most; 0 for all of them', rule: '(^\\d+$|^$)' },
          { name: 'timeout', label: 'Timeout', help: 'How long a request may take before it is given up and tried again; 0s for no limit. More than the group interval has no effect.', placeholder: 'A duration, such as 1.2s or 100ms' },
          httpConfig,
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
          { name: 'api_url', label: 'API URL' },
          { name: 'api_secret', label: 'API Secret', help: 'Key for the API of WeChat', secure: true },
          { name: 'corp_id', label: 'Corp ID', help: 'Id of your corporation at WeChat' },
          { name: 'message', label: 'Message', help: 'Message in the form that the WeChat API wants', placeholder: '{{ template "wechat.default.message" . }}' },
          { name: 'message_type', element: 'select', label: 'Message type', help: 'Kind of message that is sent', placeholder: 'text', choices: [['text', 'Text'], ['markdown', 'Markdown']] },
          { name: 'agent_id', label: 'Agent ID', placeholder: '{{ template "wechat.default.agent_id" . }}' },
          { name: 'to_user', label: 'To User', placeholder: '{{ template "wechat.default.to_user" . }}' },
          { name: 'to_party', label: 'To Party', placeholder: '{{ template "wechat.default.to_party" . }}' },
          { name: 'to_tag', label: 'To Tag', placeholder: '{{ template "wechat.default.to_tag" . }}' },
          httpConfig,
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
          { name: 'url', label: 'Webhook URL', help: 'Needed for a group robot', placeholder: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=xxxxxxxx', required: true, secure: true, protected: true, dependsOn: 'secret' },
          { name: 'agent_id', label: 'Agent ID', help: 'Needed for an app: its id, see https://work.weixin.qq.com/wework_admin/frame#apps', placeholder: '1000002', required: true, dependsOn: 'url' },
          { name: 'corp_id', label: 'Corp ID', help: 'Needed for an app: see https://work.weixin.qq.com/wework_admin/frame#profile', placeholder: 'wwxxxxxxxxx', required: true, dependsOn: 'url' },
          { name: 'secret', input: 'password', label: 'Secret', help: 'Needed for an app: its secret', placeholder: 'secret', required: true, secure: true, dependsOn: 'url' },
          { name: 'msgtype', element: 'select', label: 'Message Type', placeholder: 'Text', choices: [['text', 'Text'], ['markdown', 'Markdown']] },
          { name: 'message', element: 'textarea', label: 'Message', help: 'Text of the message. Templates are filled in.', placeholder: '{{ template "default.message" . }}' },
          { name: 'title', element: 'textarea', input: 'text', label: 'Title', help: 'Title of the message; may be a template', placeholder: '{{ template "default.title" . }}' },
          { name: 'touser', label: 'To User', placeholder: '@all' },
        ],
      },
    ],
  },
];
