/**
 * Golden files: for every topic and every version of its schema that was ever released, the schema, a filled record in
 * Avro's JSON form, and that record's bytes as they were written then. Tests read all of them with today's schemas.
 *
 * Run this file to add the next version of every topic whose schema changed; the older ones are never touched again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Type } from 'avsc';
import { schemaTextOf, typeOfSchema } from './codec.ts';
import { EXAMPLES } from './examples.ts';
import { TOPICS, type Topic } from './topics.ts';

/** One released version of a topic's schema. */
export interface GoldenVersion {
  /** 1, 2, 3 … */
  version: number;
  /** The schema as released. */
  schemaText: string;
  /** The filled record, in Avro's JSON form, as the released schema writes it. */
  recordText: string;
  /** The record's Avro body, without the registry's framing. */
  bytes: Buffer;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'test', 'golden');

/** All released versions of a topic, oldest first. */
export function goldenVersions(topic: Topic): GoldenVersion[] {
  const folder = join(FOLDER, topic);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.avsc'))
    .map((name) => Number(name.slice(1, -'.avsc'.length)))
    .sort((a, b) => a - b)
    .map((version) => ({
      version,
      schemaText: readFileSync(join(folder, `v${version}.avsc`), 'utf8'),
      recordText: readFileSync(join(folder, `v${version}.json`), 'utf8').trimEnd(),
      bytes: readFileSync(join(folder, `v${version}.bin`)),
    }));
}

/** True when both schemas write the same bytes; docs do not count. */
export function sameOnTheWire(a: Type, b: Type): boolean {
  return JSON.stringify(a.schema()) === JSON.stringify(b.schema());
}

/** Adds what is missing; gives the topics that got a new version. */
export function addGoldenVersions(): string[] {
  const added: string[] = [];
  for (const topic of TOPICS) {
    const schemaText = schemaTextOf(topic);
    const type = typeOfSchema(schemaText);
    const newest = goldenVersions(topic).at(-1);
    if (newest !== undefined && sameOnTheWire(typeOfSchema(newest.schemaText), type)) continue;
    const folder = join(FOLDER, topic);
    const version = `v${(newest?.version ?? 0) + 1}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${version}.avsc`), schemaText);
    writeFileSync(join(folder, `${version}.json`), `${type.toString(EXAMPLES[topic])}\n`);
    writeFileSync(join(folder, `${version}.bin`), type.toBuffer(EXAMPLES[topic]));
    added.push(`${topic} ${version}`);
  }
  return added;
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(`${addGoldenVersions().join('\n') || 'every topic has its golden version'}\n`);
}
