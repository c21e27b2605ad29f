import { describe, expect, test } from 'vitest';
import { renderKafkaLogging, renderServerProperties } from './kafka-config.ts';

const nodes = [1, 2, 3].map((id) => ({ id, clientPort: 9000 + id, controllerPort: 9100 + id }));

function settingsOf(text: string): Map<string, string> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe('server.properties', () => {
  test('of a single broker keep one replica of everything', () => {
    const settings = settingsOf(renderServerProperties(nodes[0]!, nodes.slice(0, 1), '/data'));
    expect(settings.get('node.id')).toBe('1');
    expect(settings.get('controller.quorum.voters')).toBe('1@127.0.0.1:9101');
    expect(settings.get('advertised.listeners')).toBe('PLAINTEXT://127.0.0.1:9001');
    for (const name of ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic']) {
      expect(settings.get(`${name}.replication.factor`)).toBe('1');
    }
    expect(settings.get('transaction.state.log.min.isr')).toBe('1');
    expect(settings.get('min.insync.replicas')).toBe('1');
  });

  test('of three brokers survive the loss of one', () => {
    const settings = settingsOf(renderServerProperties(nodes[1]!, nodes, '/data'));
    expect(settings.get('node.id')).toBe('2');
    expect(settings.get('controller.quorum.voters')).toBe('1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103');
    expect(settings.get('default.replication.factor')).toBe('3');
    expect(settings.get('min.insync.replicas')).toBe('2');
    expect(settings.get('transaction.state.log.replication.factor')).toBe('3');
    expect(settings.get('transaction.state.log.min.isr')).toBe('2');
  });

  test('never create topics by accident, and keep what exactly-once relies on', () => {
    const settings = settingsOf(renderServerProperties(nodes[0]!, nodes.slice(0, 1), '/data'));
    expect(settings.get('auto.create.topics.enable')).toBe('false');
    expect(settings.get('unclean.leader.election.enable')).toBe('false');
    expect(settings.get('transaction.partition.verification.enable')).toBe('true');
  });

  test('listen on this machine only', () => {
    const listeners = settingsOf(renderServerProperties(nodes[0]!, nodes, '/data')).get('listeners');
    for (const listener of listeners!.split(',')) expect(listener).toMatch(/:\/\/127\.0\.0\.1:\d+$/);
  });
});

test('the log of a broker is limited', () => {
  const logging = renderKafkaLogging('/data/kafka.log');
  expect(logging).toContain('appender.file.fileName=/data/kafka.log');
  expect(logging).toMatch(/policies\.size\.size=\d+MB/);
  expect(logging).toMatch(/strategy\.max=\d/);
});
