CREATE TABLE conflicts (
  tenantId STRING, entity STRING, field STRING, winner STRING, decidedAtMs TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'sync.conflict.v1',
  'properties.bootstrap.servers' = 'HOST:PORT',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'avro-confluent',
  'avro-confluent.url' = 'REGISTRY_URL'
);

SELECT tenantId, entity, field, winner, CAST(decidedAtMs AS DATE) AS decidedOn, COUNT(*) AS conflicts
FROM conflicts GROUP BY tenantId, entity, field, winner, CAST(decidedAtMs AS DATE);
