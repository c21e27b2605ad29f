/** Registration of all schemas, in one step: by `setup`, never by a service at boot. */
import { schemaTextOf } from './codec.ts';
import { createRegistryClient, type RegistryOptions } from './registry-client.ts';
import { subjectOf, TOPICS, type Topic } from './topics.ts';

/** What happened to one subject. */
export interface RegistrationResult {
  /** The topic. */
  topic: Topic;
  /** Subject in the registry. */
  subject: string;
  /** new: this schema was not there yet; unchanged: it was; refused: the registry holds it for incompatible. */
  result: 'new' | 'unchanged' | 'refused';
  /** Schema id; null when refused. */
  id: number | null;
  /** The registry's reason for refusing; empty otherwise. */
  reason: string;
}

/** Which topics to register and where. */
export interface RegistrationOptions {
  /** The schema registry. */
  registry: RegistryOptions;
  /** What stands before every topic name. Default: nothing. */
  topicPrefix?: string;
  /** Which topics. Default: all. */
  topics?: readonly Topic[];
  /** Schema of a topic as JSON text. Default: the file in `schemas/`. */
  schemaOf?: (topic: Topic) => string;
}

/**
 * Demands FULL_TRANSITIVE of each subject, then registers its schema; every version must read and be read by every other.
 * Repeating it changes nothing. A refused schema does not stop the others: look at the results. Throws CodecError
 * REGISTRY_UNAVAILABLE.
 */
export async function registerSchemas(options: RegistrationOptions): Promise<RegistrationResult[]> {
  const client = createRegistryClient(options.registry);
  const schemaOf = options.schemaOf ?? schemaTextOf;

  async function registerOne(topic: Topic): Promise<RegistrationResult> {
    const subject = subjectOf(topic, options.topicPrefix);
    const schema = schemaOf(topic);
    const known = await client.idOf(subject, schema);
    await client.demandFullTransitive(subject);
    if (known !== null) return { topic, subject, result: 'unchanged', id: known, reason: '' };
    const answer = await client.register(subject, schema);
    return 'refused' in answer
      ? { topic, subject, result: 'refused', id: null, reason: answer.refused }
      : { topic, subject, result: 'new', id: answer.id, reason: '' };
  }

  const results: RegistrationResult[] = [];
  // One after the other: this is done once, and a registry orders registrations anyway.
  for (const topic of options.topics ?? TOPICS) results.push(await registerOne(topic));
  return results;
}
