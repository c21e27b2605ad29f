/** Something that takes traces: OTLP over HTTP, as JSON, on a free port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it arrived. */
export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Blank for the first of a trace. */
  parentSpanId: string;
  name: string;
  kind: number;
  /** Text of every attribute. */
  facts: Record<string, string>;
  /** Message of the status; blank when it did not fail. */
  failure: string;
}

/** What takes traces. */
export interface Collector {
  readonly url: string;
  /** Every span so far. */
  spans(): CollectedSpan[];
  /** Every byte that was sent, as text. */
  received(): string;
  /** Answers with this status from now on; 200 takes what comes. */
  answerWith(status: number): void;
  /** How often something was sent. */
  requests(): number;
  close(): Promise<void>;
}

interface Attribute {
  key: string;
  value: Record<string, string | number | boolean>;
}
interface Sent {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind: number;
        attributes: Attribute[];
        status: { message?: string };
      }[];
    }[];
  }[];
}

const texts = (attributes: readonly Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

/** Starts one. */
export async function startCollector(): Promise<Collector> {
  const taken: string[] = [];
  let status = 200;
  let requests = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      requests += 1;
      if (status === 200) taken.push(Buffer.concat(parts).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      taken
        .flatMap((text) => (JSON.parse(text) as Sent).resourceSpans)
        .flatMap(({ resource, scopeSpans }) => {
          const service = texts(resource.attributes)['service.name'] ?? '';
          return scopeSpans.flatMap(({ spans }) =>
            spans.map(({ traceId, spanId, parentSpanId = '', name, kind, attributes, status: { message = '' } }) => {
              const facts = texts(attributes);
              return { service, traceId, spanId, parentSpanId, name, kind, facts, failure: message };
            }),
          );
        }),
    received: () => taken.join('\n'),
    answerWith: (next) => {
      status = next;
    },
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
