/** Topics of ours in memory: the newest record of each key, decoded. */
export { createTopicTable, type TopicTableOptions } from './topic-table.ts';
