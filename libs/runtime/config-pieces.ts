/** The pieces of configuration that services share. README's table of variables is the user's side of this file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgsStringToArgv } from 'string-argv';
import { z } from 'zod';
import type { CommandLine } from './command-output.ts';
import { envBoolean, envHttpUrl, envInt, envSecret, isHostAndPort } from './config-values.ts';
import type { Log } from './log.ts';
import { parseOutbound } from './outbound.ts';
import { Secret } from './secret.ts';

/** How pino's levels are called; `silent` is for tests. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What stands in front of topic names and Redis keys: short, and without what Kafka or a hash tag would misread. */
function prefix(what: string) {
  return z
    .string()
    .regex(
      /^[A-Za-z0-9._-]{1,64}$/,
      `Give up to 64 letters, digits, dots, dashes or underscores to put before ${what}.`,
    )
    .default('');
}

/** Where a service listens, how much it says, and which topics it uses. */
export const serviceConfig = z
  .object({
    PORT: envInt({ min: 0, max: 65_535 }).default(0),
    HOST: z.string().default('127.0.0.1'),
    LOG_LEVEL: z.enum(LOG_LEVELS, { error: `Give one of ${LOG_LEVELS.join(', ')}.` }).default('info'),
    TOPIC_PREFIX: prefix('topic names'),
    TOPIC_PARTITIONS: envInt({ min: 1, max: 1_024 }).default(8),
    METRICS_TOKEN: envSecret().optional(),
  })
  .transform((env) => ({
    /** Port for health, metrics and the service's own API; 0 = any free one. PORT, default 0. */
    port: env.PORT,
    /** Address to listen at; 0.0.0.0 for all (in a container). HOST, default 127.0.0.1. */
    host: env.HOST,
    /** Least important level that is logged. LOG_LEVEL, default info. */
    logLevel: env.LOG_LEVEL,
    /** Text before every topic name. TOPIC_PREFIX, default none. */
    topicPrefix: env.TOPIC_PREFIX,
    /** Partitions of every topic of the chain. TOPIC_PARTITIONS, default 8. */
    partitionCount: env.TOPIC_PARTITIONS,
    /** Bearer token that GET /metrics asks for. METRICS_TOKEN, default none: then only this machine is answered. */
    metricsToken: env.METRICS_TOKEN,
  }));
export type ServiceConfig = z.output<typeof serviceConfig>;

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** How to reach Kafka. */
export const kafkaConfig = z
  .object({
    KAFKA_BROKERS: z
      .string({ error: 'Give broker addresses, separated by commas, such as 127.0.0.1:9092.' })
      .transform((text) => text.split(',').map((one) => one.trim()))
      .refine(
        (list) => list.every(isHostAndPort),
        'Give every broker as host:port, separated by commas, such as 127.0.0.1:9092.',
      ),
    KAFKA_SSL: envBoolean().default(false),
    KAFKA_SSL_CA_FILE: z.string().optional(),
    KAFKA_SASL_MECHANISM: z.enum(SASL_MECHANISMS, { error: `Give one of ${SASL_MECHANISMS.join(', ')}.` }).optional(),
    KAFKA_SASL_USERNAME: z.string().optional(),
    KAFKA_SASL_PASSWORD: envSecret().optional(),
  })
  .transform((env, context) => {
    const problem = (variable: string, message: string) =>
      context.addIssue({ code: 'custom', path: [variable], message });
    let ca: string | undefined;
    if (env.KAFKA_SSL_CA_FILE !== undefined) {
      if (!env.KAFKA_SSL) problem('KAFKA_SSL_CA_FILE', 'has no effect without TLS: set KAFKA_SSL=true or remove it.');
      ca = readText(env.KAFKA_SSL_CA_FILE);
      if (ca === undefined) problem('KAFKA_SSL_CA_FILE', 'cannot be read: give the path of a readable PEM file.');
      else if (!ca.includes('BEGIN CERTIFICATE'))
        problem('KAFKA_SSL_CA_FILE', 'holds no certificate: give a PEM file.');
    }
    const credentials = [env.KAFKA_SASL_MECHANISM, env.KAFKA_SASL_USERNAME, env.KAFKA_SASL_PASSWORD];
    if (credentials.some((one) => one !== undefined)) {
      const names = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
      for (const [index, name] of names.entries()) {
        if (credentials[index] === undefined) problem(name, `is not set. Set all of ${names.join(', ')}, or none.`);
      }
    }
    const sasl =
      env.KAFKA_SASL_MECHANISM === undefined
        ? undefined
        : {
            mechanism: env.KAFKA_SASL_MECHANISM,
            username: env.KAFKA_SASL_USERNAME ?? '',
            password: env.KAFKA_SASL_PASSWORD ?? new Secret(''),
          };
    return {
      /** Addresses to begin with, host:port. KAFKA_BROKERS, required. */
      brokers: env.KAFKA_BROKERS,
      /** TLS: whether, and the authority's certificate (PEM; undefined = the system's). KAFKA_SSL, KAFKA_SSL_CA_FILE. */
      tls: { enabled: env.KAFKA_SSL, ca },
      /** User and password. KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD; default none. */
      sasl,
    };
  });
export type KafkaSettings = z.output<typeof kafkaConfig>;

function readText(path: string): string | undefined {
  try {
    return readFileSync(resolve(path), 'utf8');
  } catch {
    return undefined;
  }
}

/** These settings in the shape that `#kafka` takes. The only place where the Kafka password is revealed. */
export function kafkaClientConfig(kafka: KafkaSettings, options: { clientId: string; log: Log }) {
  return {
    brokers: [...kafka.brokers],
    clientId: options.clientId,
    logger: options.log,
    ...(kafka.tls.enabled ? { ssl: kafka.tls.ca === undefined ? true : { ca: kafka.tls.ca } } : {}),
    ...(kafka.sasl === undefined ? {} : { sasl: { ...kafka.sasl, password: kafka.sasl.password.reveal() } }),
  };
}

/** How to reach the schema registry. */
export const registryConfig = z
  .object({
    SCHEMA_REGISTRY_URL: envHttpUrl('http://127.0.0.1:8081/apis/ccompat/v7'),
    SCHEMA_REGISTRY_USERNAME: z.string().optional(),
    SCHEMA_REGISTRY_PASSWORD: envSecret().optional(),
  })
  .superRefine((env, context) => {
    const pair = [env.SCHEMA_REGISTRY_USERNAME, env.SCHEMA_REGISTRY_PASSWORD];
    if (pair[0] === undefined && pair[1] !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['SCHEMA_REGISTRY_USERNAME'],
        message: 'is not set. Give user and password, or neither.',
      });
    }
    if (pair[0] !== undefined && pair[1] === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['SCHEMA_REGISTRY_PASSWORD'],
        message: 'is not set. Give user and password, or neither.',
      });
    }
  })
  .transform((env) => ({
    /** Base URL of a registry that speaks Confluent's API, path included. SCHEMA_REGISTRY_URL, required. */
    url: env.SCHEMA_REGISTRY_URL,
    /** User for basic authentication. SCHEMA_REGISTRY_USERNAME, default none. */
    username: env.SCHEMA_REGISTRY_USERNAME,
    /** Its password. SCHEMA_REGISTRY_PASSWORD, default none. */
    password: env.SCHEMA_REGISTRY_PASSWORD,
  }));
export type RegistrySettings = z.output<typeof registryConfig>;

/** These settings in the shape that `#contracts` takes. The only place where the registry's password is revealed. */
export function registryClientConfig(registry: RegistrySettings) {
  return {
    url: registry.url,
    ...(registry.username === undefined ? {} : { username: registry.username }),
    ...(registry.password === undefined ? {} : { password: registry.password.reveal() }),
  };
}

/** How to reach Redis. */
export const redisConfig = z
  .object({
    REDIS_URL: z
      .string({
        error:
          'Give a URL such as redis://127.0.0.1:6379 or rediss://host:6380/0, user and password before the host if needed.',
      })
      .transform((text, context) => {
        const url = URL.parse(text);
        const db = /^\/?(\d{0,5})$/.exec(url?.pathname ?? 'no');
        if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '' || db === null) {
          context.addIssue({
            code: 'custom',
            message:
              'Give a URL such as redis://127.0.0.1:6379 or rediss://host:6380/0, user and password before the host if needed.',
          });
          return z.NEVER;
        }
        return {
          /** Host name or address. */
          host: url.hostname.replace(/^\[|\]$/g, ''),
          /** Port; 6379 when the URL has none. */
          port: url.port === '' ? 6379 : Number(url.port),
          /** Number of the database. */
          db: Number(db[1] ?? 0),
          /** True for rediss://. */
          tls: url.protocol === 'rediss:',
          /** User; undefined for the default one. */
          username: url.username === '' ? undefined : decodeURIComponent(url.username),
          /** Password; undefined for none. */
          password: url.password === '' ? undefined : new Secret(decodeURIComponent(url.password)),
        };
      }),
    REDIS_PREFIX: prefix('Redis keys').default('twoway'),
  })
  .transform((env) => ({
    ...env.REDIS_URL,
    /** First part of every key. REDIS_PREFIX, default `twoway`. */
    prefix: env.REDIS_PREFIX,
  }));
export type RedisSettings = z.output<typeof redisConfig>;

/** Words of a command, as a shell would split them; nothing else of a shell. */
function commandLine() {
  const message = 'Give a program and its arguments, such as: vault kv get -field=key secret/two-way-sync';
  return z.string().transform((text, context): CommandLine => {
    const [program, ...args] = parseArgsStringToArgv(text);
    if (program !== undefined) return [program, ...args];
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** Where the tenants are described. */
export const tenantsConfig = z
  .object({
    TENANTS_FILE: z.string({ error: 'Give the path of the tenants file (YAML).' }),
    TENANTS_STORE_DIR: z.string().optional(),
    TWOWAY_KEY: envSecret().optional(),
    TWOWAY_KEY_FILE: z.string().optional(),
    TWOWAY_KEY_COMMAND: commandLine().optional(),
  })
  .superRefine((env, context) => {
    const given = [env.TWOWAY_KEY, env.TWOWAY_KEY_FILE, env.TWOWAY_KEY_COMMAND].filter((one) => one !== undefined);
    if (given.length > 1) {
      const message = 'Set one of TWOWAY_KEY, TWOWAY_KEY_FILE and TWOWAY_KEY_COMMAND.';
      context.addIssue({ code: 'custom', path: ['TWOWAY_KEY'], message });
    }
  })
  .transform((env) => ({
    /** Absolute path of the tenants file. TENANTS_FILE, required. */
    path: resolve(env.TENANTS_FILE),
    /**
     * Tenants that people add while it runs: their folder, the same for all services (TENANTS_STORE_DIR, default none), and
     * the key of their credentials (TWOWAY_KEY, TWOWAY_KEY_FILE or TWOWAY_KEY_COMMAND, default none).
     */
    store:
      env.TENANTS_STORE_DIR === undefined
        ? undefined
        : {
            folder: resolve(env.TENANTS_STORE_DIR),
            keys: {
              text: env.TWOWAY_KEY,
              file: env.TWOWAY_KEY_FILE === undefined ? undefined : resolve(env.TWOWAY_KEY_FILE),
              command: env.TWOWAY_KEY_COMMAND,
            },
          },
  }));
export type TenantsSettings = z.output<typeof tenantsConfig>;

/**
 * Addresses that may be connected to although they are not public. OUTBOUND_ALLOW: hosts, addresses and ranges such as
 * 10.1.0.0/16, separated by commas; default none.
 */
export const outboundConfig = z.object({ OUTBOUND_ALLOW: z.string().default('') }).transform((env, context) => {
  try {
    return parseOutbound(env.OUTBOUND_ALLOW);
  } catch (error) {
    const message = `${error instanceof Error ? error.message : ''}. Give hosts, addresses or ranges, such as 10.1.0.0/16.`;
    context.addIssue({ code: 'custom', path: ['OUTBOUND_ALLOW'], message });
    return z.NEVER;
  }
});

/** What every service that calls both or one of the two APIs is configured with. */
export const apiServiceConfig = {
  service: serviceConfig,
  kafka: kafkaConfig,
  registry: registryConfig,
  redis: redisConfig,
  tenants: tenantsConfig,
  outbound: outboundConfig,
};
