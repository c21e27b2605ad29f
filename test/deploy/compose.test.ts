import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../services/cli/program.ts';

/** The parts of a compose file that are looked at here. */
interface ComposeService {
  image?: string;
  build?: string;
  command?: string[];
  ports?: string[];
  user?: string;
  privileged?: boolean;
  environment?: Record<string, unknown>;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  profiles?: string[];
  volumes?: string[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
const dockerfile = read('Dockerfile').split('\n');

/** The services of this project: each folder with a main.ts, the command line apart, which is no service. */
const projectServices = readdirSync(new URL('services/', root)).filter(
  (name) => name !== 'cli' && existsSync(new URL(`services/${name}/main.ts`, root)),
);
/** They do one thing and end. */
const ONE_SHOT = ['setup', 'sandbox-tenants'];
const own = Object.entries(compose.services).filter(([, service]) => service.build !== undefined);

test('each service of the project is there and runs from its folder', () => {
  expect(projectServices.length).toBeGreaterThan(0);
  for (const name of projectServices) {
    expect(compose.services[name]?.command, name).toEqual(['node', `services/${name}/main.ts`]);
  }
});

test('each service is watched, those apart that end', () => {
  for (const [name, { healthcheck }] of Object.entries(compose.services)) {
    if (ONE_SHOT.includes(name)) expect(healthcheck, name).toEqual({ disable: true });
    else expect(healthcheck?.test?.length, name).toBeGreaterThan(1);
  }
  for (const [name, { healthcheck }] of own) {
    if (!ONE_SHOT.includes(name))
      expect(healthcheck?.test, name).toEqual(['CMD', 'node', 'services/cli/health-check.ts']);
  }
});

test('no port is published twice, and none beyond this machine', () => {
  const published = Object.values(compose.services).flatMap(({ ports }) => ports ?? []);
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  const hostPorts = published.map((port) => port.split(':')[1]);
  expect(new Set(hostPorts).size).toBe(hostPorts.length);
});

test('services start after topics, schemas and tenants are there, and setup after the servers', () => {
  for (const [name, { depends_on = {}, profiles = [] }] of own) {
    for (const [other, { required }] of Object.entries(depends_on)) {
      expect(compose.services, name).toHaveProperty(other);
      // A service must not wait for one that only a profile brings, unless it is of that profile itself.
      const isOptional = compose.services[other]?.profiles !== undefined && profiles.length === 0;
      expect(required === false, `${name} → ${other}`).toBe(isOptional);
    }
    if (name === 'setup') {
      expect(depends_on).toMatchObject({
        kafka: { condition: 'service_healthy' },
        registry: { condition: 'service_healthy' },
      });
    } else if (!profiles.includes('sandbox')) {
      expect(depends_on, name).toMatchObject({
        setup: { condition: 'service_completed_successfully' },
        'sandbox-tenants': { condition: 'service_completed_successfully' },
      });
    }
  }
});

test('volumes that are used are declared, and only the one that writes the tenants file may', () => {
  for (const [name, { volumes = [] }] of Object.entries(compose.services)) {
    for (const volume of volumes) {
      const source = volume.split(':')[0]!;
      if (!source.startsWith('${')) expect(compose.volumes, name).toHaveProperty(source);
      if (volume.includes(':/config') && name !== 'sandbox-tenants') expect(volume, name).toMatch(/:\/config:ro$/);
    }
  }
});

test('commands of the command line exist', async () => {
  const { command } = compose.services['sandbox-tenants']!;
  const [program, ...args] = command!;
  expect(program).toBe('node');
  for (const name of ONE_SHOT) {
    const words = compose.services[name]?.command?.slice(1) ?? [];
    expect(existsSync(new URL(words[0]!, root)), name).toBe(true);
    expect((await createProgram(words.slice(1))).commands.map((known) => known.name())).toEqual([words[1]]);
  }
  expect(args.at(-1)).toBe('/config/tenants.yaml');
});

test('everyone is told the addresses of the servers as they are called inside', () => {
  for (const [name, { environment }] of own) {
    expect(environment, name).toMatchObject({
      KAFKA_BROKERS: 'kafka:19092',
      SCHEMA_REGISTRY_URL: 'http://registry:8080/apis/ccompat/v7',
      REDIS_URL: 'redis://redis:6379',
    });
  }
  expect(compose.services.kafka?.environment?.KAFKA_ADVERTISED_LISTENERS).toContain('INTERNAL://kafka:19092');
});

test('nothing in a container of ours runs as root', () => {
  const lastUser = dockerfile.findLast((line) => line.startsWith('USER '));
  expect(lastUser).toBe('USER node');
  const lastStage = dockerfile.findLastIndex((line) => line.startsWith('FROM '));
  expect(dockerfile.findIndex((line) => line.startsWith('USER '))).toBeGreaterThan(lastStage);
  for (const [name, { user, privileged }] of own) {
    expect(user, name).toBeUndefined();
    expect(privileged, name).toBeUndefined();
  }
});

test('the image is built in stages, without development dependencies, from what exists', () => {
  expect(dockerfile.filter((line) => line.startsWith('FROM ')).length).toBeGreaterThan(1);
  expect(dockerfile.join('\n')).toContain('npm ci --omit=dev');
  const ignored = read('.dockerignore');
  const copied = dockerfile.filter((line) => line.startsWith('COPY ') && !line.includes('--from='));
  for (const source of copied.flatMap((line) => line.split(' ').slice(1, -1))) {
    expect(existsSync(new URL(source, root)), source).toBe(true);
    expect(ignored, source).toContain(`!${source}`);
  }
});

test('the versions are those of the local stack', async () => {
  const { VERSIONS } = await import('../../libs/local-stack/versions.ts');
  expect(compose.services.kafka?.image).toBe(`apache/kafka:${VERSIONS.kafka}`);
  expect(compose.services.registry?.image).toBe(`apicurio/apicurio-registry:${VERSIONS.registry}`);
  const containers = read('test/support/containers.ts');
  for (const service of ['kafka', 'registry', 'redis']) expect(containers).toContain(compose.services[service]?.image);
});
