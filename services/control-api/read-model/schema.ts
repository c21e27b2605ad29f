/** The tables of the read model. */

/**
 * - `links.id` is `tenants.no` · 2³² + a number: the rows of a tenant are one range, so the search index needs no tenant.
 * - Ids of decisions, outcomes, conflicts, requests and quarantined records say where on Kafka they are: see `place.ts`.
 * - `requests.of_plan` is 1 for what a plan ordered and nobody by itself. `plans.id` is the place of its first part.
 * - `body` is the record as it was on its topic; the columns beside it are what is searched and joined by.
 * - `links.kind` is null while the link still has to be judged: see `judge.ts`.
 */
export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE tenants (no INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL UNIQUE);
CREATE TABLE kinds (
  id INTEGER PRIMARY KEY, tenant_no INTEGER NOT NULL, facts TEXT NOT NULL, count INTEGER NOT NULL, UNIQUE (tenant_no, facts)
);

CREATE TABLE links (
  id INTEGER PRIMARY KEY,
  tenant_no INTEGER NOT NULL,
  entity TEXT NOT NULL,
  link_id TEXT NOT NULL,
  crm_id TEXT,
  unleashed_id TEXT,
  crm_parent TEXT,
  unleashed_parent TEXT,
  crm_code TEXT,
  unleashed_code TEXT,
  accounts_id TEXT,
  crm_manager TEXT,
  unleashed_manager TEXT,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  name_key TEXT NOT NULL,
  search TEXT NOT NULL,
  asking TEXT NOT NULL,
  kind INTEGER,
  since_ms INTEGER,
  dirty_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX links_key ON links (tenant_no, entity, link_id);
CREATE INDEX links_crm ON links (tenant_no, entity, crm_id) WHERE crm_id IS NOT NULL;
CREATE INDEX links_crm_parent ON links (tenant_no, crm_parent) WHERE crm_parent IS NOT NULL;
CREATE INDEX links_unleashed_parent ON links (tenant_no, unleashed_parent) WHERE unleashed_parent IS NOT NULL;
CREATE INDEX links_unpaired_code ON links (tenant_no, crm_code) WHERE crm_code IS NOT NULL;
CREATE INDEX links_unleashed_code ON links (tenant_no, unleashed_code) WHERE unleashed_code IS NOT NULL;
CREATE INDEX links_accounts ON links (tenant_no, accounts_id) WHERE accounts_id IS NOT NULL;
CREATE INDEX links_crm_manager ON links (tenant_no, crm_manager) WHERE crm_manager IS NOT NULL;
CREATE INDEX links_unleashed_manager ON links (tenant_no, unleashed_manager) WHERE unleashed_manager IS NOT NULL;
CREATE INDEX links_kind ON links (kind, name_key);
CREATE INDEX links_since ON links (kind, since_ms) WHERE since_ms IS NOT NULL;
CREATE INDEX links_dirty ON links (kind, dirty_ms) WHERE since_ms IS NOT NULL;
CREATE INDEX links_changed ON links (kind, changed_ms) WHERE since_ms IS NOT NULL;
CREATE VIRTUAL TABLE search USING fts5(
  text, content='', contentless_delete=1, detail='none', tokenize='trigram case_sensitive 1'
);

CREATE TABLE people (
  tenant_no INTEGER NOT NULL, side TEXT NOT NULL, id TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (tenant_no, side, id)
) WITHOUT ROWID;

CREATE TABLE timeline (
  id INTEGER PRIMARY KEY, tenant_no INTEGER NOT NULL, entity TEXT NOT NULL, link_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX timeline_record ON timeline (tenant_no, entity, link_id, at_ms);
CREATE TABLE conflicts (
  id INTEGER PRIMARY KEY, tenant_no INTEGER NOT NULL, entity TEXT NOT NULL, link_id TEXT NOT NULL, field TEXT NOT NULL,
  winner TEXT NOT NULL, at_ms INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX conflicts_tenant ON conflicts (tenant_no, at_ms);
CREATE INDEX conflicts_record ON conflicts (tenant_no, entity, link_id, field);
CREATE INDEX conflicts_asked ON conflicts (tenant_no) WHERE winner = 'none';
CREATE TABLE requests (
  id INTEGER PRIMARY KEY, tenant_no INTEGER NOT NULL, who TEXT NOT NULL, at_ms INTEGER NOT NULL, of_plan INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX requests_tenant ON requests (tenant_no, at_ms) WHERE of_plan = 0;
CREATE TABLE plans (
  id INTEGER PRIMARY KEY, tenant_no INTEGER NOT NULL, plan_id TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
  who TEXT NOT NULL, at_ms INTEGER NOT NULL, parts INTEGER NOT NULL, here INTEGER NOT NULL, state TEXT NOT NULL,
  changed_by TEXT NOT NULL, changed_ms INTEGER NOT NULL, UNIQUE (tenant_no, plan_id)
);
CREATE INDEX plans_running ON plans (id) WHERE state = 'running';
CREATE TABLE plan_items (
  plan INTEGER NOT NULL, number INTEGER NOT NULL, request_id TEXT NOT NULL, kind TEXT NOT NULL, entity TEXT NOT NULL,
  side TEXT NOT NULL, record_id TEXT NOT NULL, field TEXT, value TEXT, seen TEXT NOT NULL, code TEXT NOT NULL,
  crm_writes INTEGER NOT NULL, unleashed_writes INTEGER NOT NULL, crm_calls INTEGER NOT NULL,
  unleashed_calls INTEGER NOT NULL, left_out INTEGER NOT NULL, request INTEGER, PRIMARY KEY (plan, number)
) WITHOUT ROWID;
CREATE INDEX plan_items_request ON plan_items (plan, request_id);
CREATE INDEX plan_items_open ON plan_items (plan, number) WHERE request IS NULL;
CREATE TABLE answers (
  request INTEGER PRIMARY KEY, verdict TEXT NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL,
  setting_version INTEGER NOT NULL
);
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY, tenant_no INTEGER, topic TEXT NOT NULL, partition INTEGER NOT NULL, record_offset INTEGER NOT NULL,
  code TEXT NOT NULL, message TEXT NOT NULL, service TEXT NOT NULL, at_ms INTEGER NOT NULL
);
CREATE INDEX quarantine_tenant ON quarantine (tenant_no);
CREATE TABLE drift (
  tenant_no INTEGER NOT NULL, check_id TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (tenant_no, check_id, number)
) WITHOUT ROWID;
CREATE TABLE samples (
  tenant_no INTEGER NOT NULL, span TEXT NOT NULL, place INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  crm_lag_ms INTEGER, unleashed_lag_ms INTEGER, crm_waiting INTEGER NOT NULL, unleashed_waiting INTEGER NOT NULL,
  failing INTEGER, used_calls INTEGER, limit_calls INTEGER, PRIMARY KEY (tenant_no, span, place)
) WITHOUT ROWID;
`;
