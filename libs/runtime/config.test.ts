import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, type ConfigPieces, type Env, loadConfig } from './config.ts';
import {
  kafkaClientConfig,
  kafkaConfig,
  redisConfig,
  registryClientConfig,
  registryConfig,
  serviceConfig,
  tenantsConfig,
} from './config-pieces.ts';
import { envInt } from './config-values.ts';
import { createLog } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function problemsOf(pieces: ConfigPieces, env: Env): string[] {
  try {
    loadConfig(pieces, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable, message }) => `${variable}: ${message}`);
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has defaults for what need not be set', () => {
    expect(loadConfig({ service: serviceConfig }, {}).service).toEqual({
      port: 0,
      host: '127.0.0.1',
      logLevel: 'info',
      topicPrefix: '',
      partitionCount: 8,
      metricsToken: undefined,
    });
  });

  it('takes a variable that is set to nothing as not set', () => {
    expect(loadConfig({ service: serviceConfig }, { PORT: '', HOST: '  ', METRICS_TOKEN: '' }).service).toMatchObject({
      port: 0,
      host: '127.0.0.1',
      metricsToken: undefined,
    });
  });

  it('reports every problem of every piece at once, with what to do and without the value', () => {
    const pieces = {
      service: serviceConfig,
      kafka: kafkaConfig,
      redis: redisConfig,
      registry: registryConfig,
      tenantsConfig,
    };
    const env = {
      PORT: '99999',
      LOG_LEVEL: 'loud',
      TOPIC_PARTITIONS: 'many',
      KAFKA_BROKERS: 'localhost',
      REDIS_URL: 'http://:hunter2@host',
      SCHEMA_REGISTRY_URL: 'https://me:hunter2@registry',
    };
    const problems = problemsOf(pieces, env);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'LOG_LEVEL',
      'TOPIC_PARTITIONS',
      'KAFKA_BROKERS',
      'REDIS_URL',
      'SCHEMA_REGISTRY_URL',
      'TENANTS_FILE',
    ]);
    expect(problems.join()).not.toContain('hunter2');
    expect(problems).toContain('PORT: Give a whole number from 0 to 65535.');
    expect(problems).toContain('TENANTS_FILE: is not set. Give the path of the tenants file (YAML).');
    expect(() => loadConfig(pieces, env)).toThrow(/^7 settings are wrong in the environment:\n {2}PORT: Give a whole/);
  });

  it('names a variable once when two pieces want it', () => {
    expect(problemsOf({ one: tenantsConfig, two: tenantsConfig }, {})).toHaveLength(1);
  });

  it('is frozen through and through', () => {
    const config = loadConfig({ kafka: kafkaConfig }, { KAFKA_BROKERS: 'a:1,b:2' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.kafka.brokers)).toBe(true);
    expect(() => (config.kafka.brokers as string[]).push('c:3')).toThrow(TypeError);
  });

  it('takes a service’s own piece', () => {
    const own = z.object({ POLL_MS: envInt({ min: 10, max: 99, unit: 'ms' }).default(50) }).transform((env) => ({
      pollMs: env.POLL_MS,
    }));
    expect(loadConfig({ own }, {}).own.pollMs).toBe(50);
    expect(loadConfig({ own }, { POLL_MS: '11' }).own.pollMs).toBe(11);
    expect(problemsOf({ own }, { POLL_MS: '9' })).toEqual(['POLL_MS: Give a whole number from 10 to 99 (ms).']);
    expect(problemsOf({ own }, { POLL_MS: '1e1' })).toHaveLength(1);
  });
});

describe('kafkaConfig', () => {
  const log = createLog({ service: 'test', level: 'silent' });
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n');
  const base = { KAFKA_BROKERS: 'a:9092, [::1]:9093' };

  it('gives what the Kafka library takes', () => {
    const { kafka } = loadConfig({ kafka: kafkaConfig }, base);
    expect(kafkaClientConfig(kafka, { clientId: 'me', log })).toEqual({
      brokers: ['a:9092', '[::1]:9093'],
      clientId: 'me',
      logger: log,
    });
  });

  it('takes TLS and user and password, and shows no password', () => {
    const { kafka } = loadConfig(
      { kafka: kafkaConfig },
      {
        ...base,
        KAFKA_SSL: 'true',
        KAFKA_SSL_CA_FILE: ca,
        KAFKA_SASL_MECHANISM: 'scram-sha-512',
        KAFKA_SASL_USERNAME: 'me',
        KAFKA_SASL_PASSWORD: 'hunter2',
      },
    );
    expect(JSON.stringify(kafka)).not.toContain('hunter2');
    expect(kafkaClientConfig(kafka, { clientId: 'me', log })).toMatchObject({
      ssl: { ca: expect.stringContaining('BEGIN CERTIFICATE') },
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'hunter2' },
    });
    const systemCa = loadConfig({ kafka: kafkaConfig }, { ...base, KAFKA_SSL: '1' }).kafka;
    expect(kafkaClientConfig(systemCa, { clientId: 'me', log }).ssl).toBe(true);
  });

  it.each([
    [{ KAFKA_BROKERS: 'a:70000' }, 'KAFKA_BROKERS'],
    [{ KAFKA_BROKERS: 'a:9092,,b:1' }, 'KAFKA_BROKERS'],
    [{ ...base, KAFKA_SSL: 'perhaps' }, 'KAFKA_SSL'],
    [{ ...base, KAFKA_SSL_CA_FILE: ca }, 'KAFKA_SSL_CA_FILE'],
    [{ ...base, KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: join(folder, 'none') }, 'KAFKA_SSL_CA_FILE'],
    [{ ...base, KAFKA_SASL_MECHANISM: 'gssapi' }, 'KAFKA_SASL_MECHANISM'],
    [{ ...base, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' }, 'KAFKA_SASL_PASSWORD'],
    [{ ...base, KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'x' }, 'KAFKA_SASL_MECHANISM'],
  ])('refuses %j', (env, variable) => {
    expect(problemsOf({ kafka: kafkaConfig }, env).map((problem) => problem.split(':')[0])).toEqual([variable]);
  });
});

describe('registryConfig', () => {
  it('gives what the codec takes', () => {
    const env = {
      SCHEMA_REGISTRY_URL: 'http://r:8081/apis/ccompat/v7/',
      SCHEMA_REGISTRY_USERNAME: 'me',
      SCHEMA_REGISTRY_PASSWORD: 'hunter2',
    };
    const { registry } = loadConfig({ registry: registryConfig }, env);
    expect(registryClientConfig(registry)).toEqual({
      url: 'http://r:8081/apis/ccompat/v7',
      username: 'me',
      password: 'hunter2',
    });
    expect(JSON.stringify(registry)).not.toContain('hunter2');
  });

  it('wants both or neither of user and password', () => {
    const url = { SCHEMA_REGISTRY_URL: 'http://r:8081' };
    expect(problemsOf({ registry: registryConfig }, { ...url, SCHEMA_REGISTRY_USERNAME: 'me' })).toHaveLength(1);
    expect(problemsOf({ registry: registryConfig }, { ...url, SCHEMA_REGISTRY_PASSWORD: 'x' })).toHaveLength(1);
  });
});

describe('redisConfig', () => {
  it.each([
    ['redis://127.0.0.1', { host: '127.0.0.1', port: 6379, db: 0, tls: false, username: undefined }],
    [
      'rediss://me:p%40ss@cache.example:6380/2',
      { host: 'cache.example', port: 6380, db: 2, tls: true, username: 'me' },
    ],
    ['redis://:only@[::1]:7000/', { host: '::1', port: 7000, db: 0, username: undefined }],
  ])('reads %s', (url, expected) => {
    const { redis } = loadConfig({ redis: redisConfig }, { REDIS_URL: url, REDIS_PREFIX: 'p1' });
    expect(redis).toMatchObject({ ...expected, prefix: 'p1' });
  });

  it('decodes the password and keeps it to itself', () => {
    const { redis } = loadConfig({ redis: redisConfig }, { REDIS_URL: 'redis://me:p%40ss@h' });
    expect(redis.password?.reveal()).toBe('p@ss');
    expect(JSON.stringify(redis)).not.toContain('p@ss');
    expect(redis.prefix).toBe('twoway');
  });

  it.each(['localhost:6379', 'redis://', 'redis://h/zero', 'http://h'])('refuses %s', (url) => {
    expect(problemsOf({ redis: redisConfig }, { REDIS_URL: url })).toHaveLength(1);
  });

  it('refuses a prefix that a hash tag or a pattern could misread', () => {
    expect(problemsOf({ redis: redisConfig }, { REDIS_URL: 'redis://h', REDIS_PREFIX: 'a{b}*' })).toHaveLength(1);
  });
});
