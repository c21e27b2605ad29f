/** Words for what the API calls by code. */

/** How a record can stand: word and colour. */
export const STATE_WORDS: Readonly<Record<string, { word: string; color: string }>> = {
  'in-sync': { word: 'In sync', color: 'teal' },
  waiting: { word: 'Waiting', color: 'blue' },
  question: { word: 'Question', color: 'violet' },
  stopped: { word: 'Needs you', color: 'red' },
  off: { word: 'Switched off', color: 'gray' },
  'not-eligible': { word: 'Not taking part', color: 'gray' },
};

/** Fields by their name in the pipeline. */
const FIELD_WORDS: Readonly<Record<string, string>> = {
  name: 'Name',
  phone: 'Phone',
  website: 'Website',
  address: 'Main address',
  accountManager: 'Account manager',
  firstName: 'First name',
  lastName: 'Last name',
  email: 'E-mail',
  mobile: 'Mobile phone',
  fax: 'Fax',
};

/** Who wins when both sides changed a field. */
export const POLICIES = [
  { value: 'latest', label: 'The later edit wins' },
  { value: 'crm', label: 'The CRM wins' },
  { value: 'unleashed', label: 'Unleashed wins' },
  { value: 'ask', label: 'Ask a person' },
];

/** A policy in words. */
export function policyWord(policy: string): string {
  return POLICIES.find(({ value }) => value === policy)?.label ?? policy;
}

/** Whose value stays where two values were never the same. Blanks are filled in any case. */
export const DIRECTIONS = [
  { value: 'latest', label: 'The later edit' },
  { value: 'crm', label: 'The CRM’s' },
  { value: 'unleashed', label: 'Unleashed’s' },
  { value: 'ask', label: 'Both: only fill blanks' },
];

/** By what two records were taken for the same. */
export const MATCHES: Readonly<Record<string, string>> = {
  'stored-id': 'the id that the CRM stores',
  'account-code': 'the account code',
  'made-by-sync': 'made by this sync',
  email: 'the e-mail address',
  name: 'first and last name alone',
  earlier: 'something that has changed since, or by a person',
};

/** Fields that are synced, as the settings name them. */
export const SYNCED_FIELDS = [
  ...['name', 'phone', 'website', 'address', 'accountManager'].map((field) => `company.${field}`),
  ...['firstName', 'lastName', 'email', 'phone', 'mobile', 'fax'].map((field) => `contact.${field}`),
];

/** A field in words; `company.phone` too. */
export function fieldWord(field: string): string {
  const [entity, name] = field.includes('.') ? field.split('.') : [undefined, field];
  const word = FIELD_WORDS[name ?? ''] ?? field;
  return entity === undefined ? word : `${entity === 'company' ? 'Company' : 'Contact'}: ${word.toLowerCase()}`;
}

/** A side in words. */
export function sideWord(side: string): string {
  return side === 'crm' ? 'CRM' : side === 'unleashed' ? 'Unleashed' : side;
}

/** A code with dashes as words: `sync-contact` becomes `Sync contact`. */
export function asWords(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How long ago, in the language of the browser. */
export function timeAgo(iso: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(iso) - nowMs) / 1000);
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < 60) return format.format(seconds, 'second');
  if (size < 3_600) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.round(seconds / 3_600), 'hour');
  return format.format(Math.round(seconds / 86_400), 'day');
}
