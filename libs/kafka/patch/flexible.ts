/**
 * The younger encoding of Kafka's protocol (KIP-482): lengths as variable-length numbers, counted from 1, 0 standing for
 * null; and tagged fields at the end of each structure. kafkajs has most of it, but misreads tagged fields that are not empty.
 */

/** Puts a body together. */
export class FlexibleWriter {
  readonly #pieces: Buffer[] = [];

  int16(value: number): this {
    const piece = Buffer.allocUnsafe(2);
    piece.writeInt16BE(value);
    return this.raw(piece);
  }

  int32(value: number): this {
    const piece = Buffer.allocUnsafe(4);
    piece.writeInt32BE(value);
    return this.raw(piece);
  }

  int64(value: bigint): this {
    const piece = Buffer.allocUnsafe(8);
    piece.writeBigInt64BE(value);
    return this.raw(piece);
  }

  boolean(value: boolean): this {
    return this.raw(Buffer.from([value ? 1 : 0]));
  }

  /** A number of 7 bits a byte, the lowest first. */
  unsigned(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
    return this.raw(Buffer.from(bytes));
  }

  string(text: string | null): this {
    return this.bytes(text === null ? null : Buffer.from(text));
  }

  bytes(value: Buffer | null): this {
    return value === null ? this.unsigned(0) : this.unsigned(value.length + 1).raw(value);
  }

  list<T>(items: readonly T[], write: (item: T) => void): this {
    this.unsigned(items.length + 1);
    for (const item of items) write(item);
    return this;
  }

  /** The end of a structure, without tagged fields. */
  end(): this {
    return this.unsigned(0);
  }

  raw(piece: Buffer): this {
    this.#pieces.push(piece);
    return this;
  }

  /** All of it, in the form in which kafkajs takes it. */
  done(): { buf: Buffer; buffer: Buffer } {
    const buffer = Buffer.concat(this.#pieces);
    return { buf: buffer, buffer };
  }
}

/** Takes a body apart. Throws RangeError when it is cut off. */
export class FlexibleReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  int16(): number {
    return this.#data.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#data.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#data.readBigInt64BE(this.#advance(8));
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#data.readUInt8(this.#advance(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  string(): string | null {
    const length = this.unsigned() - 1;
    return length < 0 ? null : this.raw(length).toString('utf8');
  }

  list<T>(read: (reader: FlexibleReader) => T): T[] {
    const items: T[] = [];
    for (let left = this.unsigned() - 1; left > 0; left -= 1) items.push(read(this));
    return items;
  }

  /** The end of a structure: its tagged fields, by number. */
  end(): Map<number, Buffer> {
    const fields = new Map<number, Buffer>();
    for (let left = this.unsigned(); left > 0; left -= 1) {
      const tag = this.unsigned();
      fields.set(tag, this.raw(this.unsigned()));
    }
    return fields;
  }

  raw(length: number): Buffer {
    const from = this.#advance(length);
    return this.#data.subarray(from, from + length);
  }

  #advance(length: number): number {
    const from = this.#at;
    if (from + length > this.#data.length) throw new RangeError(`an answer was cut off at ${this.#data.length} bytes`);
    this.#at += length;
    return from;
  }
}
