/** What the services that read an API share: feeds by partition, publication, memory of records, and the process around it. */
export { createFeeds, type Feed } from './feeds.ts';
export { createFeedMetrics, type FeedMetrics } from './metrics.ts';
export { createProgress, type Progress, type ProgressParts } from './progress.ts';
export { createFeedPublisher, type KeyedSnapshot, type PublisherParts } from './publish.ts';
export { createRecordHash, readTogether } from './record-hash.ts';
export { type FeedLogic, type FeedParts, runFeedService } from './service.ts';
export { CREDENTIALS_WAIT_MS, type Patience, QUOTA_WAIT_MS, RATE_LIMIT_WAIT_MS, waitAfter } from './wait.ts';
