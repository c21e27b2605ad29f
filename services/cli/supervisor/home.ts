/** The files that a running system keeps in its folder (`.twoway` unless told otherwise). */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SystemError } from './errors.ts';

/** Paths of one system. */
export interface SystemHome {
  /** The folder itself. */
  readonly folder: string;
  /** Data of Kafka, the registry and Redis. */
  readonly stackDir: string;
  /** One log file per service. */
  readonly logDir: string;
  /** Data of the sandbox. */
  readonly sandboxDir: string;
  /** Tenants file of the sandbox's tenants. */
  readonly sandboxTenants: string;
  /** What runs: see `UpState`. */
  readonly stateFile: string;
  /** Random token of the control API. */
  readonly tokenFile: string;
  /** Tenants that people add in the console: beside the sandbox's, or beside real ones. */
  readonly tenantStore: (sandbox: boolean) => string;
  /** Key of their credentials. */
  readonly tenantKeyFile: string;
  /** Random key with which the control API signs sessions. */
  readonly sessionKeyFile: string;
}

/** Paths inside a folder; creates nothing. */
export function systemHome(folder: string): SystemHome {
  return {
    folder,
    stackDir: join(folder, 'stack'),
    logDir: join(folder, 'logs'),
    sandboxDir: join(folder, 'sandbox'),
    sandboxTenants: join(folder, 'sandbox', 'tenants.yaml'),
    stateFile: join(folder, 'up.json'),
    tokenFile: join(folder, 'control-api-token'),
    tenantStore: (sandbox) => (sandbox ? join(folder, 'sandbox', 'tenants') : join(folder, 'tenants')),
    tenantKeyFile: join(folder, 'tenants-key'),
    sessionKeyFile: join(folder, 'control-api-session-key'),
  };
}

const upState = z.object({
  version: z.literal(1),
  /** Process id of the supervisor. */
  pid: z.int().positive(),
  startedAt: z.string(),
  services: z.record(
    z.string(),
    z.object({
      port: z.int(),
      /** What the service is started with on top of the supervisor's environment; holds secrets, so the file is 0600. */
      env: z.record(z.string(), z.string()),
    }),
  ),
});

/** A running system, for whoever wants to start one of its services by hand. */
export type UpState = z.infer<typeof upState>;

/** Notes what runs. Only the owner may read it. */
export function writeUpState(home: SystemHome, state: UpState): void {
  writePrivate(home.stateFile, `${JSON.stringify(state, null, 2)}\n`);
}

/** What runs in this home; null when nothing does, or when it ended without saying so. */
export function readUpState(home: SystemHome): UpState | null {
  try {
    const state = upState.parse(JSON.parse(readFileSync(home.stateFile, 'utf8')));
    return isAlive(state.pid) ? state : null;
  } catch {
    return null;
  }
}

/** Forgets what ran. */
export function clearUpState(home: SystemHome): void {
  rmSync(home.stateFile, { force: true });
}

/** @throws SystemError ALREADY_RUNNING when a system runs in this home */
export function refuseSecondStart(home: SystemHome): void {
  const state = readUpState(home);
  if (state === null || state.pid === process.pid) return;
  throw new SystemError('ALREADY_RUNNING', `The system runs already (process ${state.pid}).`, {
    hint: 'Use it, or end it with Ctrl-C in its terminal or with: twoway down',
  });
}

/** The token of the local control API: made once, then found. Only the owner may read it. */
export function localToken(home: SystemHome): string {
  return localSecret(home.tokenFile);
}

/** The key of the local control API's sessions: made once, so that a restart signs nobody out. Only the owner may read it. */
export function localSessionKey(home: SystemHome): string {
  return localSecret(home.sessionKeyFile);
}

function localSecret(file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (secret.length >= 32) return secret;
  } catch {
    // There is none yet.
  }
  const secret = randomBytes(32).toString('base64url');
  writePrivate(file, `${secret}\n`);
  return secret;
}

/** File with the key of stored credentials: made once, then found. Only the owner may read it. */
export function localTenantKey(home: SystemHome): string {
  const { tenantKeyFile } = home;
  if (!existsSync(tenantKeyFile)) writePrivate(tenantKeyFile, `${randomBytes(32).toString('base64')}\n`);
  return tenantKeyFile;
}

/** Writes a file in one step that only its owner may read. */
function writePrivate(file: string, content: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
