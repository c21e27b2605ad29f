/** What the baseline writes for one input: records of the real schemas, filled up to the size that is asked for. */
import { type Codec, EXAMPLES, linkKey } from '#contracts';

/** A message to be written. */
interface Message {
  key: string;
  value: Buffer;
}

/** What one input leads to. */
export interface FanOut {
  decision: Message;
  link: Message;
  /** Null for those inputs that lead to no command. */
  command: Message | null;
}

/** How much is written. */
export interface FanOutSize {
  /** Share of the inputs that lead to a command. */
  commandsPerInput: number;
  /** Keys and values that are written for one input on average, bytes. */
  bytesPerInput: number;
}

type InputTopic = 'crm.company.v1' | 'unleashed.customer.v1';

/** Makes the fan-out. The link is filled up until an input leads to `bytesPerInput`. */
export function createRecords(codec: Codec, size: FanOutSize) {
  const { fields, ...link } = EXAMPLES['sync.link.v1'];
  let padding = '';
  let inputs = 0;

  /** Rounded by a hair, so that a share such as 0.35 comes out whole. */
  const commandsUpTo = (count: number): number => Math.floor(count * size.commandsPerInput + 1e-6);

  function fanOut(topic: InputTopic, partition: number, offset: string, value: Buffer): FanOut {
    const input = codec.decodeKnown(topic, value);
    if (input === undefined) throw new Error('the baseline reads only what was written with the same schema');
    const { tenantId, phone, sourceUpdatedAtMs, readStartedAtMs } = input;
    const linkId = 'guid' in input ? `u:${input.guid}` : `u:${input.account?.accountsId ?? ''}`;
    const key = linkKey(tenantId, 'company', linkId);
    const about = { tenantId, entity: 'company', linkId };
    const decision = codec.encode('sync.decision.v1', {
      ...EXAMPLES['sync.decision.v1'],
      ...about,
      decisionId: `${topic}/${partition}/${offset}`,
      origin: { topic, partition, offset: Number(offset) },
      sourceUpdatedAtMs,
      nowMs: readStartedAtMs,
    });
    const changed = {
      ...link,
      ...about,
      updatedAtMs: readStartedAtMs,
      fields: fields.map((one) => ({ ...one, crm: phone + padding })),
    };
    const due = commandsUpTo(inputs + 1) > commandsUpTo(inputs);
    inputs += 1;
    const command = due
      ? codec.encode('sync.command.unleashed.v1', {
          ...EXAMPLES['sync.command.unleashed.v1'],
          ...about,
          commandId: `${key}#1`,
        })
      : null;
    return {
      decision: { key, value: decision },
      link: { key, value: codec.encode('sync.link.v1', changed) },
      command: command === null ? null : { key, value: command },
    };
  }

  const bytesOf = (message: Message | null): number =>
    message === null ? 0 : Buffer.byteLength(message.key) + message.value.length;

  /** Fills the link up, judged by one input. */
  function fillUp(topic: InputTopic, value: Buffer): void {
    padding = '';
    inputs = Math.ceil(1 / size.commandsPerInput) - 1;
    const { decision, link: bare, command } = fanOut(topic, 0, '1', value);
    const now = bytesOf(decision) + bytesOf(bare) + size.commandsPerInput * bytesOf(command);
    padding = 'x'.repeat(Math.max(0, Math.round(size.bytesPerInput - now)));
    inputs = 0;
  }

  let filled = false;
  return {
    /** The records that one input leads to. */
    fanOut(topic: InputTopic, partition: number, offset: string, value: Buffer): FanOut {
      if (!filled) fillUp(topic, value);
      filled = true;
      return fanOut(topic, partition, offset, value);
    },
  };
}
