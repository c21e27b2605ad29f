/** What people do with records, as JSON: search, open, add, edit, delete. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HttpProblem } from '#runtime';
import {
  collections,
  deskOf,
  listRecords,
  type PersonWrite,
  type Row,
  type Side,
  type Workspace,
} from '../model/index.ts';
import type { Host } from './host.ts';

const json: z.ZodType<Row> = z.record(z.string(), z.json());
const pathParts = z.object({
  tenant: z.string(),
  side: z.enum(['crm', 'unleashed']),
  collection: z.string(),
  id: z.string().default(''),
});
const listQuery = z.object({
  search: z.string().max(500).default(''),
  parent: z.string().max(200).default(''),
  sort: z.string().max(100).default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  offset: z.coerce.number().int().min(0).default(0),
});
const actions = { POST: 'create', PATCH: 'update', DELETE: 'delete' } as const;

/** The workspace of a path, or a 404. */
export function workspaceNamed(host: Host, tenant: string): Workspace {
  const workspace = host.workspaces.get(tenant);
  if (!workspace) throw new HttpProblem(404, 'TENANT_UNKNOWN', `There is no tenant "${tenant}".`);
  return workspace;
}

/** Input checked against a schema, or a 400 that says what is wrong. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new HttpProblem(400, 'INPUT_INVALID', z.prettifyError(result.error));
  return result.data;
}

/** Registers /control/tenants/:tenant/:side/:collection and :id below it. */
export function registerRecords(app: FastifyInstance, host: Host): void {
  const base = '/control/tenants/:tenant/:side/:collection';
  app.get(base, (request) => {
    const { tenant, side, collection } = checked(pathParts, request.params);
    const desk = deskNamed(workspaceNamed(host, tenant), side, collection);
    return listRecords(desk, checked(listQuery, request.query));
  });
  app.get(`${base}/:id`, (request) => {
    const { tenant, side, collection, id } = checked(pathParts, request.params);
    const record = deskNamed(workspaceNamed(host, tenant), side, collection).get(id);
    if (!record) throw new HttpProblem(404, 'RECORD_UNKNOWN', `There is no such record in ${collection}.`);
    return record;
  });
  app.route({
    method: ['POST', 'PATCH', 'DELETE'],
    url: `${base}/:id`,
    handler: (request, reply) => {
      const { status, body } = write(host, request.method, request.params, request.body, request.headers['x-person']);
      return reply.code(status).send(body);
    },
  });
  app.post(base, (request, reply) => {
    const { status, body } = write(host, 'POST', request.params, request.body, request.headers['x-person']);
    return reply.code(status).send(body);
  });
}

function deskNamed(workspace: Workspace, side: Side, collection: string): NonNullable<ReturnType<typeof deskOf>> {
  const desk = deskOf(workspace, side, collection);
  if (desk) return desk;
  throw new HttpProblem(404, 'COLLECTION_UNKNOWN', `${side} has ${collections[side].join(', ')}.`);
}

function write(
  host: Host,
  method: string,
  params: unknown,
  body: unknown,
  who: unknown,
): { status: number; body: unknown } {
  const { tenant, side, collection, id } = checked(pathParts, params);
  const workspace = workspaceNamed(host, tenant);
  deskNamed(workspace, side, collection);
  const action = actions[method as keyof typeof actions];
  if (action === 'create' && id !== '')
    throw new HttpProblem(405, 'METHOD_WRONG', 'New records are posted without an id.');
  const write: PersonWrite = {
    side,
    collection,
    action,
    id,
    fields: action === 'delete' ? {} : checked(json, body),
    person: personName(workspace, side, who),
  };
  const { response } = host.write(workspace, write);
  return { status: response.status, body: response.body ?? { message: 'The record was refused without a reason.' } };
}

/** The author of a write: the header x-person, else someone who works there. */
function personName(workspace: Workspace, side: Side, who: unknown): string {
  const name = typeof who === 'string' ? who.slice(0, 100) : '';
  if (side === 'unleashed') return name === '' ? 'Someone' : name;
  const users = workspace.crm.tables.Users;
  if (users.has(name)) return name;
  return [...users.keys()].find((code) => code !== 'API') ?? 'SYS';
}
