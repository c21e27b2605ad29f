/** What a tenant in the tenants file may say, and how each mistake is answered. */
import { z } from 'zod';
import { envHttpUrl } from './config-values.ts';
import { Secret } from './secret.ts';

/** Ids of tenants: they stand in topic keys, Redis keys, URLs and metrics. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

const NAME_CHARS_MAX = 200;
const SECRET_CHARS_MAX = 8_192;
/** More calls than any plan sells; catches a number with three zeros too many. */
const MONTHLY_CALLS_MAX = 100_000_000;
const POLL_SECONDS_DEFAULT = 300;
/** The nightly check for drift where a tenant says nothing of it: after the overnight fix, before people come. */
export const DRIFT_CHECK_DEFAULT = Object.freeze({ nightly: true, hour: 3 });
const DAY_SECONDS = 86_400;

function text(what: string, charsMax = NAME_CHARS_MAX) {
  const message = `Give ${what}.`;
  return z
    .string({ error: message })
    .trim()
    .min(1, message)
    .max(charsMax, `${message} It may have ${charsMax} characters at most.`);
}

function secret(what: string) {
  return text(what, SECRET_CHARS_MAX)
    .refine((value) => !/[\r\n\0]/.test(value), `Give ${what} on one line.`)
    .transform((value) => new Secret(value));
}

/** A number may come as digits in text, because `${NAME}` always gives text. */
function wholeNumber(what: string, min: number, max: number) {
  const message = `Give ${what}, a whole number from ${min} to ${max}.`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value),
    z.number({ error: message }).int(message).min(min, message).max(max, message),
  );
}

/** As wholeNumber: `${NAME}` gives text. */
function yesOrNo(what: string) {
  return z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean({ error: `Give true or false for ${what}.` }),
  );
}

/** Hosts that may be reached without TLS: this machine, and names and addresses that only exist inside a private network. */
function isPrivateHost(host: string): boolean {
  if (host === '[::1]' || /^(127|10)\.\d+\.\d+\.\d+$/.test(host)) return true;
  if (/^192\.168\.\d+\.\d+$|^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(host)) return true;
  return !host.includes('.') || /\.(localhost|local|internal|test)$/.test(host);
}

function baseUrl(example: string) {
  return envHttpUrl(example).refine((href) => {
    const url = new URL(href);
    return url.protocol === 'https:' || isPrivateHost(url.hostname);
  }, 'Use https: over plain http the credentials could be read on the way.');
}

/** Placeholders of a record's address, see `recordUrl`. */
const PLACEHOLDER = /\{(entity|kind|id|parentId|code)\}/g;

/** Where people open a record in a system's own pages. Braces are taken out before the rest is looked at as a URL. */
function recordUrl(example: string) {
  const message = `Give the address of a record's page with {id} or {code} in it, such as ${example}`;
  return text('the address of a record\u2019s page', 2_000).refine((template) => {
    const bare = template.replaceAll(PLACEHOLDER, 'x');
    return /\{(id|code)\}/.test(template) && !/[{}]/.test(bare) && /^https?:\/\//.test(bare) && URL.canParse(bare);
  }, message);
}

/** Is this the name of a zone in this machine's time zone data? Offsets such as +02:00 are none: they know no summer. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const prospect = z.strictObject(
  {
    baseUrl: baseUrl('https://crm-odata-v1.prospect365.com'),
    token: secret('the personal access token of the CRM'),
    webhookSecret: secret('the secret that change events from the CRM carry'),
    /** True where the CRM works with advanced ledgers: two-way sync is not available then, and its API does not tell. */
    advancedLedgers: yesOrNo('advancedLedgers').default(false),
    /**
     * Where people open a record: {entity} is Division or Contact, {kind} companies or contacts, {id} the record's id, {parentId}
     * its company's, {code} the account code. Default: the CRM's own pages (fact P1.10) when its API is at prospect365.com.
     */
    recordUrl: recordUrl('https://crm.prospect365.com/view/{entity}/{id}').optional(),
  },
  { error: 'Give a section with baseUrl, token and webhookSecret.' },
);

const workingHours = z
  .strictObject(
    {
      from: wholeNumber('the hour at which work begins', 0, 23),
      to: wholeNumber('the hour at which work ends', 1, 24),
    },
    { error: 'Give a section with from and to, such as { from: 8, to: 18 }.' },
  )
  .refine(({ from, to }) => from < to, 'Give an end that is later than the beginning.');

const unleashed = z
  .strictObject(
    {
      baseUrl: baseUrl('https://api.unleashedsoftware.com'),
      apiId: text('the API id of the Unleashed account'),
      apiKey: secret('the API key of the Unleashed account'),
      monthlyCalls: wholeNumber('the API calls that the Unleashed plan allows in a month', 1, MONTHLY_CALLS_MAX),
      pollSeconds: wholeNumber('the seconds between polls', 1, DAY_SECONDS).default(POLL_SECONDS_DEFAULT),
      /** Monday to Friday in the tenant's time zone: pollSeconds holds then, quietPollSeconds at all other times. */
      workingHours: workingHours.optional(),
      quietPollSeconds: wholeNumber('the seconds between polls while nobody is at work', 1, DAY_SECONDS).optional(),
      webhookSignatureKey: secret('the signature key of the webhook subscription').optional(),
      /** As in the section prospect; {entity} is Customer or Contact. Default: no links, the address is not documented. */
      recordUrl: recordUrl('https://au.unleashedsoftware.com/v2/Customer/{id}').optional(),
    },
    { error: 'Give a section with baseUrl, apiId, apiKey and monthlyCalls.' },
  )
  .refine(({ quietPollSeconds, workingHours: hours }) => quietPollSeconds === undefined || hours !== undefined, {
    path: ['quietPollSeconds'],
    message: 'Give workingHours too: without them there are no quiet hours.',
  });

/** Settings that a tenant begins with; what a person changes later counts from then on. */
const sync = z.strictObject(
  {
    enabled: yesOrNo('enabled').optional(),
    accountManagers: yesOrNo('accountManagers').optional(),
    accountManagersOvernight: yesOrNo('accountManagersOvernight').optional(),
    addresses: yesOrNo('addresses').optional(),
    contactRoleCode: text('the role code of contacts that are made in the CRM', 20).optional(),
    conflictPolicy: z
      .enum(['latest', 'crm', 'unleashed', 'ask'], { error: 'Give latest, crm, unleashed or ask.' })
      .optional(),
    breakerShare: z.int({ error: 'Give a percentage from 1 to 100; 100 for no breaker.' }).min(1).max(100).optional(),
  },
  { error: 'Give a section of settings, such as enabled: true.' },
);

/** The nightly comparison of both sides with what the sync knows. Left out: see DRIFT_CHECK_DEFAULT. */
const driftCheck = z.strictObject(
  {
    nightly: yesOrNo('nightly').default(DRIFT_CHECK_DEFAULT.nightly),
    /** Hour of the tenant's day at which it begins. */
    hour: wholeNumber('the hour at which the nightly check begins', 0, 23).default(DRIFT_CHECK_DEFAULT.hour),
  },
  { error: 'Give a section such as { nightly: true, hour: 3 }.' },
);

/** Where notices of this tenant's incidents go. Left out: where those of all go (ALERT_WEBHOOK_URL), if anywhere. */
const alerts = z.strictObject(
  {
    /** Called with the signed notices; reached by the same rules as a base URL. */
    webhookUrl: baseUrl('https://hooks.example.com/two-way-sync'),
    webhookSecret: secret('the secret that notices of incidents are signed with'),
  },
  { error: 'Give a section with webhookUrl and webhookSecret.' },
);

/** One tenant. */
export const tenantSchema = z.strictObject(
  {
    id: z
      .string({ error: 'Give an id.' })
      .regex(TENANT_ID, 'Give an id of up to 40 small letters, digits and dashes that does not begin with a dash.'),
    name: text('a name for people'),
    timeZone: z
      .string({ error: 'Give a time zone such as Europe/London.' })
      .refine(isTimeZone, 'No such time zone. Give one such as Europe/London or Pacific/Auckland.'),
    prospect,
    unleashed,
    sync: sync.optional(),
    driftCheck: driftCheck.optional(),
    alerts: alerts.optional(),
  },
  { error: 'Give a tenant: id, name, timeZone, prospect and unleashed.' },
);

/** Tenants of one file at most; beyond it, the file is the wrong place for them. */
export const TENANTS_MAX = 100_000;

/** The whole file. */
export const tenantsFileSchema = z.strictObject(
  {
    tenants: z
      .array(tenantSchema, { error: 'Give a list of tenants.' })
      .max(TENANTS_MAX, `Give ${TENANTS_MAX} tenants at most.`),
  },
  { error: 'The file must begin with tenants: and a list.' },
);

/** Fields whose value may be `file:path` or `{ file: path }`, by their path inside a tenant. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'prospect.token',
  'prospect.webhookSecret',
  'unleashed.apiId',
  'unleashed.apiKey',
  'unleashed.webhookSignatureKey',
  'alerts.webhookSecret',
]);

type DeepReadonly<T> = T extends Secret
  ? T
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A tenant as the services see it: checked, frozen, secrets wrapped. */
export type Tenant = DeepReadonly<z.output<typeof tenantSchema>>;

/** The keys that are allowed at a path of the file; empty when there is no section there. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = tenantsFileSchema;
  for (const step of path) {
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
    if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodObject) schema = (schema.shape as Record<string, unknown>)[String(step)];
    else return [];
  }
  if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
