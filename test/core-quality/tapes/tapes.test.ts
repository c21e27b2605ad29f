/**
 * Tapes: long afternoons of which each step's decisions, commands, kept values, explanations and changes of state are written
 * down as a digest. A step that comes out differently is looked at in full (`node test/core-quality/tapes/tell.ts SEED`, before and
 * after) before the tapes are taken anew (`vitest run -u test/core-quality/tapes`).
 */
import { expect, test } from 'vitest';
import { playTape, TAPES } from './tape.ts';

test.for(TAPES)('tape %i plays as it is written down', async (seed) => {
  await expect(playTape(seed).brief()).toMatchFileSnapshot(`tape-${seed}.txt`);
});
