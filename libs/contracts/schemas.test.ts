/** What every schema owes its readers: documentation, types that match, and compatibility with all released versions. */
import { readFileSync } from 'node:fs';
import avsc, { type Schema } from 'avsc';
import { describe, expect, test } from 'vitest';
import { schemaTextOf, typeOfSchema } from './codec.ts';
import { EXAMPLES } from './examples.ts';
import { GENERATED_FILE, renderTypes } from './generate-types.ts';
import { goldenVersions, sameOnTheWire } from './golden.ts';
import { TOPICS } from './topics.ts';

/** A record or field of a schema with its place and doc. */
interface Documented {
  path: string;
  doc: string;
  nullable: boolean;
  hasDefault: boolean;
}

/** Every record and every field of a schema. */
function documented(schema: unknown, path: string): Documented[] {
  if (Array.isArray(schema)) return schema.flatMap((branch) => documented(branch, path));
  if (typeof schema !== 'object' || schema === null) return [];
  const node = schema as Record<string, unknown>;
  const inner = [...documented(node.items, path), ...documented(node.values, path)];
  if (node.type !== 'record') return [...inner, ...documented(node.type, path)];
  const fields = node.fields as Record<string, unknown>[];
  return [
    { path, doc: String(node.doc ?? ''), nullable: false, hasDefault: false },
    ...fields.flatMap((field) => [
      {
        path: `${path}.${field.name}`,
        doc: String(field.doc ?? ''),
        nullable: Array.isArray(field.type) && field.type[0] === 'null',
        hasDefault: 'default' in field,
      },
      ...documented(field.type, `${path}.${field.name}`),
    ]),
  ];
}

test('the committed types are those of the schemas', () => {
  expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(renderTypes());
});

describe.each(TOPICS)('%s', (topic) => {
  const schemaText = schemaTextOf(topic);
  const type = typeOfSchema(schemaText);

  test('documents every record and field', () => {
    const all = documented(JSON.parse(schemaText), topic);
    expect(all.length).toBeGreaterThan(5);
    const thin = all.filter(
      ({ doc, path }) => doc.length < 5 || doc.toLowerCase() === path.split('.').at(-1)?.toLowerCase(),
    );
    expect(thin.filter(({ doc }) => !/^[A-Z][A-Za-z]+\.$/.test(doc))).toEqual([]);
  });

  test('gives every union a null first and a default', () => {
    const unions = JSON.stringify(JSON.parse(schemaText)).match(/"type":\[(?!"null")/g);
    expect(unions).toBeNull();
    expect(
      documented(JSON.parse(schemaText), topic).filter(({ nullable, hasDefault }) => nullable && !hasDefault),
    ).toEqual([]);
  });

  test('writes and reads its filled example', () => {
    const paths: string[] = [];
    type.isValid(EXAMPLES[topic], { noUndeclaredFields: true, errorHook: (path) => paths.push(path.join('.')) });
    expect(paths).toEqual([]);
    expect(type.fromBuffer(type.toBuffer(EXAMPLES[topic]))).toEqual(EXAMPLES[topic]);
  });

  test('has golden files of its present form', () => {
    const newest = goldenVersions(topic).at(-1);
    expect(newest, 'run `npm run schemas:golden`').toBeDefined();
    if (newest !== undefined) {
      expect(sameOnTheWire(typeOfSchema(newest.schemaText), type), 'run `npm run schemas:golden`').toBe(true);
    }
  });

  test.each(goldenVersions(topic))(
    'reads the golden bytes of version $version, and that version reads ours',
    (golden) => {
      const then = typeOfSchema(golden.schemaText);
      const record = then.fromBuffer(golden.bytes);
      expect(then.toString(record)).toBe(golden.recordText);

      const forward = type.fromBuffer(golden.bytes, type.createResolver(then));
      expect(type.isValid(forward)).toBe(true);
      const back = then.fromBuffer(type.toBuffer(EXAMPLES[topic]), then.createResolver(type));
      expect(then.isValid(back)).toBe(true);
      if (sameOnTheWire(then, type)) expect(type.toBuffer(forward)).toEqual(golden.bytes);
    },
  );
});

describe('a change of a schema', () => {
  const released = JSON.parse(schemaTextOf('crm.user.v1')) as { fields: { name: string }[] };
  const compatible = (changed: object): boolean => {
    const before = avsc.Type.forSchema(released as Schema, { wrapUnions: 'never' });
    const after = avsc.Type.forSchema(changed as Schema, { wrapUnions: 'never' });
    try {
      before.createResolver(after);
      after.createResolver(before);
      return true;
    } catch {
      return false;
    }
  };

  test('is compatible when it adds a field with a default', () => {
    const field = { name: 'team', type: ['null', 'string'], default: null };
    expect(compatible({ ...released, fields: [...released.fields, field] })).toBe(true);
  });

  test.each([
    ['adds a field without a default', { ...released, fields: [...released.fields, { name: 'team', type: 'string' }] }],
    ['removes a field without a default', { ...released, fields: released.fields.slice(1) }],
    [
      'changes a type',
      { ...released, fields: released.fields.map((f) => (f.name === 'obsolete' ? { ...f, type: 'string' } : f)) },
    ],
  ])('is refused when it %s', (_what, changed) => {
    expect(compatible(changed)).toBe(false);
  });
});
