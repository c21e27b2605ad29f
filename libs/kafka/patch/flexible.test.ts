import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlexibleReader, FlexibleWriter } from './flexible.ts';

const text = fc.oneof(fc.constant(null), fc.string({ unit: 'binary', maxLength: 400 }));

it('reads what it wrote', () => {
  const lists = fc.array(
    fc.tuple(
      fc.maxSafeNat().map((n) => n % 2 ** 32),
      text,
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(lists, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (items, long) => {
      const writer = new FlexibleWriter().int64(long);
      writer.list(items, ([number, name]) => writer.unsigned(number).string(name).end());
      const reader = new FlexibleReader(writer.int16(-7).int32(-70_000).boolean(true).end().done().buffer);
      expect(reader.int64()).toBe(long);
      const read = reader.list(() => {
        const item = [reader.unsigned(), reader.string()];
        reader.end();
        return item;
      });
      expect(read).toEqual(items);
      expect([reader.int16(), reader.int32(), reader.raw(1)[0], reader.end().size]).toEqual([-7, -70_000, 1, 0]);
    }),
  );
});

it('writes lengths as Kafka does: counted from 1, seven bits a byte', () => {
  const bytes = new FlexibleWriter().string(null).string('').string('ab').unsigned(300).done().buffer;
  expect(bytes.toString('hex')).toBe('00' + '01' + '036162' + 'ac02');
});

it('passes over tagged fields, and gives them by their number', () => {
  const data = Buffer.from('02' + '01' + '03' + 'aabbcc' + '07' + '00' + '2a', 'hex');
  const reader = new FlexibleReader(data);
  expect(reader.end()).toEqual(
    new Map([
      [1, Buffer.from('aabbcc', 'hex')],
      [7, Buffer.alloc(0)],
    ]),
  );
  expect(reader.raw(1)[0]).toBe(0x2a);
});

it('throws when an answer was cut off', () => {
  const whole = new FlexibleWriter().string('abc').int32(1).done().buffer;
  for (let length = 0; length < whole.length; length++) {
    const reader = new FlexibleReader(whole.subarray(0, length));
    expect(() => [reader.string(), reader.int32()]).toThrow(RangeError);
  }
});
