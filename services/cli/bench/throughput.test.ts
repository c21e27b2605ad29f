import { expect, it } from 'vitest';
import { throughputOf } from './throughput.ts';

it('counts from the first commit seen, and the second half apart', () => {
  const samples = [
    { atMs: 5_000, inputs: 1_000 },
    { atMs: 7_000, inputs: 5_000 },
    { atMs: 8_000, inputs: 9_000 },
  ];
  expect(throughputOf(samples)).toEqual({
    inputs: 9_000,
    seconds: 3,
    inputsPerSecond: 2_667,
    warmInputsPerSecond: 4_000,
  });
});

it('makes no rate of a single sample', () => {
  expect(() => throughputOf([{ atMs: 1, inputs: 1 }])).toThrow('too few');
});
