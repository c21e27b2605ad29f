/**
 * The two APIs over HTTP: /crm (bearer token names the tenant) and /unleashed (api-auth-id names it). The query string
 * is handed on byte for byte as it came over the wire, because the Unleashed signature is over those bytes (U1.5).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiRequest, ApiResponse, CallPlan, CallResult, Side, Workspace } from '../model/index.ts';
import type { Host } from './host.ts';

/** Body of the fault `hugeBody`: 10 MB of a JSON text. */
const hugeChars = 10 * 1024 * 1024;
const htmlPage =
  '<!DOCTYPE html><html><head><title>Service</title></head><body><h1>We will be right back</h1></body></html>';
/** Pieces in which a slow body is sent. */
const slowPieces = 20;
const sides = { crm: '/crm', unleashed: '/unleashed' } as const;

/** Registers both APIs. Bodies are taken as text, whatever their type. */
export function registerApis(app: FastifyInstance, host: Host): void {
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    for (const side of ['crm', 'unleashed'] as const) {
      const handle = (request: FastifyRequest, reply: FastifyReply): Promise<void> => serve(host, side, request, reply);
      scope.all(`${sides[side]}/*`, handle);
      scope.all(sides[side], handle);
    }
    registered();
  });
}

async function serve(host: Host, side: Side, incoming: FastifyRequest, reply: FastifyReply): Promise<void> {
  const startedMs = host.now();
  const request = toApiRequest(side, incoming);
  const workspace = host.workspaceOf(side, credentialOf(side, request));
  if (!workspace) {
    // No tenant, no workspace to ask: the answer of a wrong credential (facts P1.7, U1.11).
    const body =
      side === 'crm'
        ? { error: { code: '401', message: 'Authorization has been denied for this request.', details: [] } }
        : undefined;
    return send(reply, { status: side === 'crm' ? 401 : 403, headers: {}, body }, undefined);
  }
  const plan = host.plan(workspace, side, request);
  if (plan.delayBeforeMs > 0) await sleep(plan.delayBeforeMs);
  const result = host.run(workspace, side, request, plan);
  if (plan.delayAfterMs > 0) await sleep(plan.delayAfterMs);
  note(host, workspace, side, request, plan, result, startedMs);
  if (result.response) return send(reply, result.response, plan);
  reply.hijack();
  incoming.raw.socket.destroy();
}

function toApiRequest(side: Side, incoming: FastifyRequest): ApiRequest {
  const url = incoming.raw.url ?? '/';
  const question = url.indexOf('?');
  const path = (question < 0 ? url : url.slice(0, question)).slice(sides[side].length);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: incoming.method,
    path: path === '' ? '/' : path,
    rawQuery: question < 0 ? '' : url.slice(question + 1),
    headers,
    body: typeof incoming.body === 'string' ? incoming.body : '',
    baseUrl: `http://${incoming.headers.host ?? 'localhost'}${sides[side]}`,
  };
}

function credentialOf(side: Side, request: ApiRequest): string {
  if (side === 'unleashed') return request.headers['api-auth-id'] ?? '';
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function note(
  host: Host,
  workspace: Workspace,
  side: Side,
  request: ApiRequest,
  plan: CallPlan,
  result: CallResult,
  startedMs: number,
): void {
  host.calls.add({
    atMs: startedMs,
    tenant: workspace.id,
    side,
    method: request.method,
    url: request.rawQuery === '' ? request.path : `${request.path}?${request.rawQuery}`,
    status: result.response?.status ?? 0,
    durationMs: host.now() - startedMs,
    userAgent: request.headers['user-agent'] ?? request.headers['client-type'] ?? '',
    faults: plan.faults,
    requestChars: request.body.length,
    changes: result.changes,
  });
}

async function send(reply: FastifyReply, response: ApiResponse, plan: CallPlan | undefined): Promise<void> {
  const text = mangled(response, plan);
  // A page put in by a proxy is no 204: it has a body.
  const status = response.status === 204 && text !== undefined ? 200 : response.status;
  const type = plan?.mangle === 'html' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  if (plan && plan.slowBodyMs > 0) return drip(reply, { ...response, status }, text ?? '', type, plan.slowBodyMs);
  void reply.code(status).headers(response.headers);
  if (text === undefined) await reply.send();
  else await reply.header('content-type', type).send(text);
}

function mangled(response: ApiResponse, plan: CallPlan | undefined): string | undefined {
  if (plan?.mangle === 'html') return htmlPage;
  if (plan?.mangle === 'huge') return JSON.stringify({ value: [], Items: [], padding: 'x'.repeat(hugeChars) });
  if (response.body === undefined) return undefined;
  const text = JSON.stringify(response.body);
  return plan?.mangle === 'truncated' ? text.slice(0, Math.max(1, Math.floor(text.length * 0.6))) : text;
}

/** Sends a body in small pieces over a time; stops when the client has gone. */
async function drip(
  reply: FastifyReply,
  response: ApiResponse,
  text: string,
  type: string,
  overMs: number,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  const bytes = Buffer.from(text);
  raw.writeHead(response.status, { ...response.headers, 'content-type': type, 'content-length': bytes.length });
  const size = Math.max(1, Math.ceil(bytes.length / slowPieces));
  for (let at = 0; at < bytes.length && !raw.destroyed; at += size) {
    raw.write(bytes.subarray(at, at + size));
    await sleep(overMs / slowPieces);
  }
  raw.end();
}
