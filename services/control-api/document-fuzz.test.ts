/**
 * Every operation of the document, straight from the document: values that it allows, values that it forbids, and plain
 * nonsense. Whatever is sent, nothing is a fault of the server, and every answer is one that the document declares.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  apiDocument,
  CHECK,
  GUID,
  type Json,
  MINE,
  operations,
  RIVAL,
  tokenOf,
  useEveryRoute,
} from './every-route.fixture.ts';
import { ROLES } from './roles.ts';

const RUNS = 60;
const routes = useEveryRoute();

const nonsense = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('..', '%00', "' OR 1=1 --", '<script>', '\u202e', 'é', '0', '-1', 'null', '['),
);

/** Values that a schema describes. */
function valuesOf(schema: Json): fc.Arbitrary<unknown> {
  const { type, enum: members, const: only, anyOf, oneOf, pattern } = schema;
  if (Array.isArray(members)) return fc.constantFrom(...members);
  if (only !== undefined) return fc.constant(only);
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return fc.oneof(...(choices as Json[]).map(valuesOf));
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number') {
    return fc.integer({ min: Number(schema.minimum ?? 0), max: Math.min(Number(schema.maximum ?? 1_000), 2 ** 31) });
  }
  if (type === 'string') {
    if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
    return fc.string({
      minLength: Number(schema.minLength ?? 0),
      maxLength: Math.min(Number(schema.maxLength ?? 20), 30),
    });
  }
  if (type === 'object') {
    const { properties = {}, required = [] } = schema as { properties?: Record<string, Json>; required?: string[] };
    if (Object.keys(properties).length === 0) return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
    const model = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valuesOf(one)]));
    return fc.record(model, { requiredKeys: required.filter((name) => name in model) });
  }
  return fc.jsonValue();
}

/** Mostly what the schema describes, sometimes with one part replaced or added, sometimes anything. */
function sentFor(schema: Json): fc.Arbitrary<unknown> {
  const allowed = valuesOf(schema);
  const spoiled = fc.tuple(allowed, fc.string(), fc.jsonValue(), fc.nat()).map(([value, name, other, at]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return other;
    const names = Object.keys(value);
    return { ...value, [names.length === 0 ? name : names[at % names.length]!]: other };
  });
  return fc.oneof(
    { weight: 4, arbitrary: allowed },
    { weight: 3, arbitrary: spoiled },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
const paramFor = (schema: Json, known: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    ...(known.length === 0 ? [] : [fc.constantFrom(...known)]),
    valuesOf(schema).map(asText),
    nonsense.map(asText),
  );

/** Values of path parameters that lead somewhere. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  tenantId: [MINE, MINE, RIVAL],
  entity: ['company', 'contact'],
  id: [`u:${GUID}`, 'c:1', 'c:5'],
  contactId: ['5'],
  checkId: [CHECK],
};

/** What the document says of an answer, as something that checks it. */
const checked = new Map<Json, z.ZodType>();
function schemaOf(json: Json): z.ZodType {
  const resolved = typeof json.$ref === 'string' ? apiDocument.components.schemas[json.$ref.split('/').at(-1)!]! : json;
  let schema = checked.get(resolved);
  if (schema === undefined) {
    schema = z.fromJSONSchema(resolved as Parameters<typeof z.fromJSONSchema>[0]);
    checked.set(resolved, schema);
  }
  return schema;
}

describe('what is sent, whatever it is, is answered as declared', () => {
  it.each(operations)('$method $path', async ({ method, path, described, endless }) => {
    const places = described.parameters.map(({ name, in: place, schema }) => {
      const value = paramFor(schema, KNOWN[name] ?? []);
      return [`${place} ${name}`, place === 'path' ? value : fc.option(value)] as const;
    });
    const body = described.requestBody?.content['application/json']?.schema;
    const sent = fc.record({
      parameters: fc.record(Object.fromEntries(places)),
      extra: fc.option(fc.tuple(nonsense, nonsense), { freq: 5 }),
      body: body === undefined ? fc.constant(undefined) : sentFor(body),
      role: fc.constantFrom(...ROLES),
    });
    await fc.assert(
      fc.asyncProperty(sent, async ({ parameters, extra, body: payload, role }) => {
        const given = (place: string) =>
          Object.entries(parameters).flatMap(([key, value]): [string, string][] =>
            value !== null && key.startsWith(`${place} `) ? [[key.slice(place.length + 1), value]] : [],
          );
        const at = given('path').reduce(
          (so, [name, value]) => so.replace(`{${name}}`, encodeURIComponent(value) || '-'),
          path,
        );
        const query = new URLSearchParams([
          ...given('query'),
          ...(extra === null ? [] : [extra.map(asText) as [string, string]]),
        ]);
        // Dots alone lead to another address, as in every URL: that is another operation, or none.
        if (at.split('/').some((part) => part === '.' || part === '..')) return;
        // A stream that is opened has no end to wait for; who may open it is tested elsewhere.
        if (endless && at.includes(`/${MINE}/`)) return;
        const response = await routes.http.app.inject({
          method,
          url: `${at}?${query}`,
          headers: {
            authorization: `Bearer ${tokenOf(role)}`,
            ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
            ...Object.fromEntries(given('header').map(([name, value]) => [name, encodeURIComponent(value)])),
          },
          ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
        });
        const { statusCode } = response;
        const told = `${method} ${at}?${query} ${JSON.stringify(payload)} as ${role}: ${statusCode} ${response.body}`;
        expect(statusCode, told).toBeLessThan(500);
        const [type, content] = Object.entries(described.responses[statusCode]?.content ?? {})[0] ?? ['undeclared'];
        expect(String(response.headers['content-type']).split(';')[0], told).toBe(type);
        const shape = schemaOf(content!.schema).safeParse(response.json());
        expect(shape.error?.issues, told).toBeUndefined();
        if (statusCode >= 400) expect(response.json().status, told).toBe(statusCode);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('what is no request at all', () => {
  const headers = { authorization: `Bearer ${tokenOf('admin')}`, 'content-type': 'application/json' };
  const changing = operations.filter(({ described }) => described.requestBody !== undefined);

  it.each(changing)('a body of 10 MB is refused before it is read: $method $path', async ({ method, path }) => {
    const url = path.replace('{tenantId}', MINE);
    const payload = JSON.stringify({ contactRoleCode: 'x'.repeat(10 * 1024 * 1024) });
    const { statusCode, body } = await routes.http.app.inject({ method, url, headers, payload });
    expect([statusCode, JSON.parse(body)]).toMatchObject([413, { status: 413 }]);
  });

  it.each(changing)('broken JSON, another type, nothing: $method $path', async ({ method, path }) => {
    const url = path.replace('{tenantId}', MINE);
    for (const [payload, type, status] of [
      ['{"enabled": tru', 'application/json', 400],
      ['', 'application/json', 400],
      ['{"__proto__": {"role": "admin"}}', 'application/json', 400],
      ['enabled=true', 'application/x-www-form-urlencoded', 415],
      ['<a/>', 'text/xml', 415],
    ] as const) {
      const answer = await routes.http.app.inject({
        method,
        url,
        headers: { ...headers, 'content-type': type },
        payload,
      });
      expect([payload, answer.statusCode]).toEqual([payload, status]);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(described(answer.json())).toBe(true);
    }
  });

  const described = (body: unknown): boolean =>
    schemaOf(apiDocument.components.schemas.Problem!).safeParse(body).success;
});
