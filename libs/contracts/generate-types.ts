/**
 * Writes `records.generated.ts`: one TypeScript interface per Avro record of `schemas/`.
 *
 * The schemas are the source; the types follow. A test runs this again and fails when the committed file is stale, so a
 * schema and its type cannot drift apart.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEMA_FOLDER, schemaFileName, TOPICS } from './topics.ts';

/** An Avro schema as JSON, as far as `schemas/` uses it. */
type AvroSchema =
  | string
  | AvroSchema[]
  | { type: 'record'; name: string; doc?: string; fields: AvroField[] }
  | { type: 'array'; items: AvroSchema }
  | { type: 'map'; values: AvroSchema }
  | { type: 'long' | 'int' | 'string'; logicalType: string };

interface AvroField {
  name: string;
  type: AvroSchema;
  doc?: string;
}

const PRIMITIVES: Record<string, string> = {
  string: 'string',
  boolean: 'boolean',
  long: 'number',
  int: 'number',
  double: 'number',
  bytes: 'Buffer',
  null: 'null',
};

/** The whole generated file as text. Throws when two schemas give one name different shapes. */
export function renderTypes(): string {
  const interfaces = new Map<string, string>();

  const typeOf = (schema: AvroSchema): string => {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema;
    if (Array.isArray(schema)) return schema.map(typeOf).sort(nullLast).join(' | ');
    if (schema.type === 'record') return addInterface(schema);
    if (schema.type === 'array') return `${typeOf(schema.items)}[]`;
    if (schema.type === 'map') return `Record<string, ${typeOf(schema.values)}>`;
    return PRIMITIVES[schema.type] ?? schema.type;
  };

  const addInterface = (record: { name: string; doc?: string; fields: AvroField[] }): string => {
    const fields = record.fields.map((field) => `${docLine(field.doc, '  ')}  ${field.name}: ${typeOf(field.type)};\n`);
    const body = `export interface ${record.name} {\n${fields.join('')}}\n`;
    const known = interfaces.get(record.name);
    const bodyOf = (text: string) => text.slice(text.indexOf('export interface'));
    if (known !== undefined && bodyOf(known) !== body) throw new Error(`two shapes are called ${record.name}`);
    if (known === undefined) interfaces.set(record.name, `${docLine(record.doc, '')}${body}`);
    return record.name;
  };

  const rows = TOPICS.map((topic) => {
    const schema: AvroSchema = JSON.parse(readFileSync(join(SCHEMA_FOLDER, schemaFileName(topic)), 'utf8'));
    return `  '${topic}': ${typeOf(schema)};\n`;
  });
  const head = '// Generated from schemas/ by `npm run schemas:types`. Do not edit.\n';
  const byTopic = `/** The record type of each topic. */\nexport interface TopicRecords {\n${rows.join('')}}\n`;
  return [head, ...interfaces.values(), byTopic].join('\n');
}

function nullLast(a: string, b: string): number {
  return Number(a === 'null') - Number(b === 'null');
}

function docLine(doc: string | undefined, indent: string): string {
  return doc === undefined ? '' : `${indent}/** ${doc} */\n`;
}

/** Where the generated file lies. */
export const GENERATED_FILE = join(import.meta.dirname, 'records.generated.ts');

if (process.argv[1] === import.meta.filename) writeFileSync(GENERATED_FILE, renderTypes());
