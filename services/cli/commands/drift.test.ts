/** What `drift` prints, asked of a server that answers as the control API does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reportError } from '../report-error.ts';
import { driftCommand } from './drift.ts';

const EVIL = 'Acme\u001b]0;owned\u0007\u009b2J\nDone. \u202egnp.exe';
const SEEN = 'Acme\\x1b]0;owned\\x07\\x9b2J\\x0aDone. \\u202egnp.exe';

const PLAN = {
  ...{ planId: 'p1', title: `Repair of ${EVIL}`, state: 'draft', toGive: 1, counts: { left: 1 } },
  ...{ writes: { crm: 1, unleashed: 0 }, calls: { crm: 1, unleashed: 0 }, minutes: 1 },
  reasons: [{ state: 'refused', sentence: EVIL, count: 1 }],
};

let server: Server;
let answers: Record<string, { status: number; body: object }>;
const printed: string[] = [];

beforeEach(async () => {
  server = createServer((request, response) => {
    const { status, body } = answers[`${request.method}`] ?? { status: 404, body: {} };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('TWOWAY_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('TWOWAY_TOKEN', 'a token');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  answers = { GET: { status: 200, body: { checks: [{ checkId: 'c1', state: 'finished' }] } } };
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  printed.length = 0;
  await new Promise((resolve) => server.close(resolve));
});

const drift = (...args: string[]) => driftCommand().parseAsync(['acme', ...args], { from: 'user' });

test('the plan of a repair shows control characters instead of sending them to the terminal', async () => {
  answers.POST = { status: 201, body: PLAN };
  await drift('--repair', 'all');
  const lines = stripVTControlCharacters(printed.join('')).split('\n');
  expect(lines[0]).toBe(`Repair of ${SEEN} (draft): p1`);
  expect(lines).toContain(`1 refused: ${SEEN}`);
  for (const one of ['\u0007', '\u009b', '\u202e']) expect(printed.join('')).not.toContain(one);
});

test('as JSON the answer is as it is', async () => {
  answers.POST = { status: 201, body: PLAN };
  await drift('--repair', 'all', '--json');
  expect(JSON.parse(printed.join(''))).toEqual(PLAN);
});

test('so does what the control API answers instead of a plan', async () => {
  answers.POST = { status: 409, body: { code: 'NO_PLAN', title: `No: ${EVIL}`, detail: `Look at ${EVIL}` } };
  const error = await drift('--repair', 'all').catch((thrown: unknown) => thrown);
  const out = new PassThrough();
  expect(reportError(error, out)).toBe(1);
  expect(stripVTControlCharacters(String(out.read()))).toBe(`No: ${SEEN}\nLook at ${SEEN}\n`);
});
