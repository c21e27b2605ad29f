/** The API described by itself: OpenAPI 3.1, out of the schemas that check what comes in and say what goes out. */
import { z } from 'zod';
import {
  idempotencyKeySchema,
  optionsQuery,
  previewBody,
  requestBody,
  settingsBody,
  tenantIdSchema,
} from './bodies.ts';
import {
  panelAnswer,
  panelTokenAnswer,
  panelTokenBody,
  sessionAnswer,
  signInBody,
  signInLinkAnswer,
} from './entrance-schemas.ts';
import { healthAnswer, healthsAnswer } from './health.ts';
import { panelPath } from './panel-routes.ts';
import { planBody, planItemsQuery, planOrderBody, planPath } from './plans/plan-body.ts';
import {
  accountManagersAnswer,
  auditAnswer,
  conflictsAnswer,
  failingAnswer,
  overnightAnswer,
  overviewAnswer,
  previewAnswer,
  recordAnswer,
  recordsAnswer,
  timelineAnswer,
} from './read-model/answers.ts';
import { driftAnswer, driftDifferencesAnswer } from './read-model/drift-answers.ts';
import { planAnswer, planItemsAnswer, plansAnswer } from './read-model/plan-answers.ts';
import { allTrendsAnswer, trendsAnswer } from './read-model/trends.ts';
import { conflictsQuery, driftPath, pageQuery, recordPath, recordsQuery } from './read-queries.ts';
import { ROLES } from './roles.ts';
import {
  addBody,
  changeBody,
  checkAnswer,
  checkBody,
  configurationAnswer,
  configurationsAnswer,
  removalBody,
  storedAnswer,
} from './tenants/bodies.ts';
import { carriedOut, me, optionsAnswer, settingsAnswer, tenantAnswer, tenantsAnswer } from './view-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** One route. */
interface Operation {
  readonly method: 'get' | 'put' | 'post';
  /** Below /v1, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** It only looks, whatever its method. */
  readonly looks?: boolean;
  /** Least role, where looking is not enough. */
  readonly needs?: string;
  /** It needs no token. */
  readonly open?: boolean;
  /** What it answers with. Default: application/json. */
  readonly answersWith?: string;
}

const tenant = '/tenants/{tenantId}';
const drift = `${tenant}/drift/{checkId}`;
const record = `${tenant}/records/{entity}/{id}`;
const plan = `${tenant}/plans/{planId}`;

/** Every route of the API, this document's own left out. */
const OPERATIONS: readonly Operation[] = [
  { method: 'get', path: '/me', summary: 'Who the token is for, and what it may do', answer: me },
  { method: 'get', path: '/tenants', summary: 'Tenants that the token may see', answer: tenantsAnswer },
  {
    ...{ method: 'get', path: '/overview', summary: 'Every tenant that the token may see: freshness, backlog, calls' },
    ...{ answer: healthsAnswer },
  },
  {
    ...{
      method: 'get',
      path: '/trends',
      summary: 'The last day of all of them: the worst freshness, what waited, failed',
    },
    ...{ answer: allTrendsAnswer },
  },
  {
    ...{
      method: 'get',
      path: `${tenant}/health`,
      summary: 'How fresh each direction is, what waits, calls, incidents',
    },
    ...{ answer: healthAnswer },
  },
  { method: 'get', path: tenant, summary: 'A tenant with its settings and lanes', answer: tenantAnswer },
  { method: 'get', path: `${tenant}/settings`, summary: 'Settings in force', answer: settingsAnswer },
  {
    ...{ method: 'put', path: `${tenant}/settings`, summary: 'Changes settings; what is left out stays as it is' },
    ...{ body: settingsBody, answer: carriedOut, needs: 'admin' },
  },
  {
    ...{
      method: 'post',
      path: `${tenant}/settings/preview`,
      summary: 'What a change of settings would mean; changes nothing',
    },
    ...{ body: previewBody, answer: previewAnswer, looks: true },
  },
  {
    ...{ method: 'get', path: `${tenant}/settings/options`, summary: 'Options of the Settings Centre by their words' },
    ...{ query: optionsQuery, answer: optionsAnswer },
  },
  {
    ...{ method: 'post', path: `${tenant}/requests`, summary: 'Orders something; the least role depends on its kind' },
    ...{ body: requestBody, answer: carriedOut, needs: 'sales' },
  },
  {
    ...{ method: 'get', path: `${tenant}/records`, summary: 'Companies and contacts with how they stand' },
    ...{ query: recordsQuery, answer: recordsAnswer },
  },
  { method: 'get', path: record, summary: 'A record, field by field, with reasons', answer: recordAnswer },
  {
    ...{ method: 'get', path: `${record}/timeline`, summary: 'Decisions and writes of a record, youngest first' },
    ...{ query: pageQuery, answer: timelineAnswer },
  },
  {
    ...{ method: 'get', path: `${tenant}/conflicts`, summary: 'Fields that both sides changed, youngest first' },
    ...{ query: conflictsQuery, answer: conflictsAnswer },
  },
  { method: 'get', path: `${tenant}/failing`, summary: 'What fails, by reason', answer: failingAnswer },
  {
    ...{ method: 'get', path: `${tenant}/audit`, summary: 'Who ordered what, and what was decided, youngest first' },
    ...{ query: pageQuery, answer: auditAnswer },
  },
  { method: 'get', path: `${tenant}/overview`, summary: 'How many records stand how', answer: overviewAnswer },
  {
    ...{
      method: 'get',
      path: `${tenant}/trends`,
      summary: 'Freshness, what waited and failed in a day; calls in a month',
    },
    ...{ answer: trendsAnswer },
  },
  {
    ...{ method: 'get', path: `${tenant}/account-managers`, summary: 'Users of the CRM that can be chosen' },
    ...{ answer: accountManagersAnswer },
  },
  {
    ...{
      method: 'get',
      path: `${tenant}/overnight`,
      summary: 'What the overnight fix would do now, and what it did the last time',
    },
    ...{ answer: overnightAnswer },
  },
  { method: 'get', path: `${tenant}/drift`, summary: 'Checks for drift, youngest first', answer: driftAnswer },
  {
    ...{ method: 'get', path: `${drift}/differences`, summary: 'What a check found, each with its history' },
    ...{ query: pageQuery, answer: driftDifferencesAnswer },
  },
  {
    ...{ method: 'get', path: '/tenant-configurations', summary: 'How tenants are configured, removed ones included' },
    ...{ answer: configurationsAnswer },
  },
  {
    ...{ method: 'post', path: '/tenant-checks', summary: 'Tries the credentials of a new tenant, read-only' },
    ...{ body: checkBody, answer: checkAnswer, looks: true, needs: 'admin' },
  },
  {
    ...{ method: 'post', path: '/tenants', summary: 'Adds a tenant; its credentials are tried before, read-only' },
    ...{ body: addBody, answer: storedAnswer, needs: 'admin' },
  },
  {
    ...{ method: 'get', path: `${tenant}/configuration`, summary: 'How a tenant is configured, without credentials' },
    ...{ answer: configurationAnswer },
  },
  {
    ...{ method: 'put', path: `${tenant}/configuration`, summary: 'Changes it; what is left out stays as it is' },
    ...{ body: changeBody, answer: storedAnswer, needs: 'admin' },
  },
  {
    ...{ method: 'post', path: `${tenant}/check`, summary: 'Tries the credentials in force, read-only' },
    ...{ answer: checkAnswer, looks: true, needs: 'admin' },
  },
  {
    ...{
      method: 'post',
      path: `${tenant}/removal`,
      summary: 'Removes a tenant: nothing is read or written for it any more',
    },
    ...{ body: removalBody, answer: storedAnswer, needs: 'admin' },
  },
  {
    ...{ method: 'get', path: `${tenant}/events`, summary: 'What changes, as server-sent events; without end' },
    ...{ answer: z.string(), answersWith: 'text/event-stream' },
  },
  {
    ...{ method: 'post', path: '/sign-in', summary: 'A session for the code of a sign-in link, which works once' },
    ...{ body: signInBody, answer: sessionAnswer, looks: true, open: true },
  },
  {
    ...{ method: 'post', path: '/session/renew', summary: 'A new token for a session whose token is still good' },
    ...{ answer: sessionAnswer, looks: true },
  },
  {
    ...{ method: 'get', path: `${tenant}/plans`, summary: 'Plans, youngest first, and what one could be made of now' },
    ...{ query: pageQuery, answer: plansAnswer },
  },
  {
    ...{ method: 'post', path: `${tenant}/plans`, summary: 'Makes a plan; nothing is ordered before it is approved' },
    ...{ body: planBody, answer: planAnswer, needs: 'sales' },
  },
  { method: 'get', path: plan, summary: 'A plan: what it would do, what it costs, how far it is', answer: planAnswer },
  {
    ...{ method: 'get', path: `${plan}/items`, summary: 'The orders of a plan, with what each would write or came to' },
    ...{ query: planItemsQuery, answer: planItemsAnswer },
  },
  {
    ...{
      method: 'post',
      path: '/sign-in-links',
      summary: 'A link that signs a person in once, as who the token is for',
    },
    ...{ answer: signInLinkAnswer, looks: true },
  },
  {
    ...{ method: 'post', path: `${tenant}/embed-tokens`, summary: "A token for the panel on a CRM's contact page" },
    ...{ body: panelTokenBody, answer: panelTokenAnswer, looks: true, needs: 'operator' },
  },
  {
    ...{
      method: 'get',
      path: `${tenant}/panel/{contactId}`,
      summary: 'The button of a contact of the CRM, and its state',
    },
    ...{ answer: panelAnswer },
  },
  {
    ...{ method: 'post', path: `${tenant}/panel/{contactId}/sync`, summary: 'Presses the button' },
    ...{ answer: carriedOut, needs: 'sales' },
  },
  {
    ...{
      method: 'post',
      path: `${plan}/orders`,
      summary: 'Approves a plan (in whole or in part), pauses or cancels it',
    },
    ...{ body: planOrderBody, answer: planAnswer, needs: 'sales' },
  },
];

/** What every refusal looks like (RFC 9457). */
const problem = z.looseObject({
  status: z.int(),
  code: z.string().describe('Stable code of the problem.'),
  title: z.string().describe('One sentence for people.'),
  detail: z.string().optional().describe('What to do about it.'),
  reason: z.string().optional().describe('Reason code of a decision, see docs/reasons.md.'),
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .describe('What is wrong with each field of the request.'),
});

const REFUSALS: Readonly<Record<string, string>> = {
  '400': 'Something in the request is not as it must be; each field is named.',
  '401': 'There is no token, it is not known, or it has expired (TOKEN_EXPIRED).',
  '403': 'The role does not allow it.',
  '404': 'There is no such tenant or record, or not for this token.',
  '409': 'Refused by the state, or the settings changed since seenVersion.',
  '413': 'The body is too large.',
  '415': 'The body is not JSON.',
  '429': 'Too many requests; retry-after says when to go on.',
  '503': 'Not ready yet; retry-after says when to try again.',
};

/** The document. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) {
    const at = `/v1${operation.path}`;
    paths[at] = { ...paths[at], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Two-way sync between Prospect CRM and Unleashed',
      version: '1',
      description: `Each role may do what those before it may: ${ROLES.join(', ')}.`,
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problem, 'output') },
    },
    security: [{ bearer: [] }],
  };
}

function describe(operation: Operation): Json {
  const { method, path, summary, query, body, answer, needs, looks = false, open = false } = operation;
  const type = operation.answersWith ?? 'application/json';
  const changes = method !== 'get' && !looks;
  const answered = { content: { [type]: { schema: jsonSchema(answer, 'output') } } };
  return {
    operationId: `${method}${path.replace(/[^a-z]+(.)?/gi, (_all, letter?: string) => letter?.toUpperCase() ?? '')}`,
    summary,
    ...(open ? { security: [] } : {}),
    ...(needs === undefined ? {} : { description: `Needs the role ${needs} or more.` }),
    parameters: [
      ...pathParameters(path),
      ...(query === undefined ? [] : parameters('query', jsonSchema(query, 'input'))),
      ...(changes ? [keyParameter()] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }),
    responses: {
      '200': { description: changes ? 'Done and in force.' : 'The answer.', ...answered },
      ...(changes ? { '202': { description: 'Kept; it is decided or in force later.', ...answered } } : {}),
      ...Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [status, refusal(description)])),
    },
  };
}

function refusal(description: string): Json {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

function pathParameters(path: string): Json[] {
  const known = jsonSchema(
    z.object({
      tenantId: tenantIdSchema,
      ...recordPath.shape,
      ...driftPath.shape,
      ...panelPath.shape,
      ...planPath.shape,
    }),
    'input',
  );
  return parameters('path', known).filter(({ name }) => path.includes(`{${String(name)}}`));
}

function keyParameter(): Json {
  const schema = jsonSchema(idempotencyKeySchema, 'input');
  return { name: 'Idempotency-Key', in: 'header', required: false, schema };
}

function parameters(place: 'path' | 'query', object: Json): Json[] {
  const required = (object.required ?? []) as string[];
  return Object.entries(object.properties as Record<string, Json>).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
