/** What every service is built on: configuration, log, metrics, health, HTTP, life of the process, tenants, Redis, time. */
export { parseJson, printable, retryAfterMs } from './answer-text.ts';
export { type Clock, createManualClock, type ManualClock, systemClock, throwIfAborted } from './clock.ts';
export { ConfigError, type ConfigOf, type ConfigPieces, type ConfigProblem, type Env, loadConfig } from './config.ts';
export {
  apiServiceConfig,
  type KafkaSettings,
  kafkaClientConfig,
  kafkaConfig,
  LOG_LEVELS,
  outboundConfig,
  type RedisSettings,
  type RegistrySettings,
  redisConfig,
  registryClientConfig,
  registryConfig,
  type ServiceConfig,
  serviceConfig,
  type TenantsSettings,
  tenantsConfig,
} from './config-pieces.ts';
export { envBoolean, envHttpUrl, envInt, envSecret } from './config-values.ts';
export { type DeadlineOptions, withDeadline } from './deadline.ts';
export { createEchoCounts, type EchoCounts } from './echo-counts.ts';
export {
  describeError,
  type ErrorDescription,
  type ErrorDetails,
  isAborted,
  isRetriable,
  RuntimeError,
  type RuntimeErrorCode,
  TwoWayError,
} from './errors.ts';
export {
  type Exchange,
  type ExchangeAnswer,
  ExchangeError,
  type ExchangeRequest,
  exchange,
  SAMPLE_BYTES,
} from './exchange.ts';
export { deepFreeze } from './freeze.ts';
export { type CheckResult, demand, type HealthCheck, type HealthChecks, type HealthReport } from './health.ts';
export { type HttpServer, type HttpServerOptions, isLoopback, startHttpServer } from './http.ts';
export {
  childOf,
  guidOf,
  isRecord,
  type JsonRecord,
  type JsonValue,
  nullable,
  pick,
  recordsOf,
  textOf,
} from './json-record.ts';
export { createLog, errorForLog, type Log, type LogOptions } from './log.ts';
export { createMetrics, type MetricOptions, type Metrics, SECONDS_BUCKETS } from './metrics.ts';
export {
  guardedConnector,
  OutboundError,
  type OutboundPolicy,
  PUBLIC_ONLY,
  parseOutbound,
  requireReachable,
} from './outbound.ts';
export { HttpProblem, type ProblemBody, sendProblem } from './problem.ts';
export { redactSecrets, redactValue } from './redact.ts';
export { createRedis, type RedisOptions, type RedisScript, type RedisStore } from './redis.ts';
export { toRedisError } from './redis-error.ts';
export { together } from './redis-together.ts';
export { pauseAfterMs, type RetryOptions, retry } from './retry.ts';
export { REDACTED, Secret } from './secret.ts';
export { CLOSE_LIMIT_MS, EXIT, type RunOptions, runService, type ServiceContext } from './shutdown.ts';
export { DRIFT_CHECK_DEFAULT, TENANT_ID, type Tenant, tenantSchema } from './tenant-schema.ts';
export { createTenantStore, type RotationReport, type StoreOrder, type TenantStore } from './tenant-store/store.ts';
export {
  createStoreReader,
  type StoreEntry,
  type StoreReader,
  type TenantStoreSettings,
} from './tenant-store/store-reader.ts';
export { credentialsOf, joinTenant, openCredentials, type StoredTenant } from './tenant-store/stored-tenant.ts';
export { TenantsFileError, type TenantsProblem } from './tenants-error.ts';
export { claimsOf, loadTenants, parseTenants, type TenantsFile, tenantFingerprint } from './tenants-file.ts';
export type { MergedTenants, StoreStanding, TenantSource } from './tenants-merge.ts';
export {
  diffTenants,
  type TenantsChange,
  type TenantsWatch,
  type WatchTenantsOptions,
  watchTenants,
} from './tenants-watch.ts';
export { inSpan, recordFacts, traced, traceHeaders } from './tracing.ts';
export type { TraceHeaders, TraceSpan } from './tracing-parts.ts';
