import { expect, it } from 'vitest';
import type { Decision } from '#contracts';
import { createDecisionBoard } from './decision-board.ts';

function decision(offset: number, cause = 'request'): Decision {
  return { cause, origin: { topic: 'sync.request.v1', partition: 1, offset } } as Decision;
}

it('gives a decision that came before anybody asked', async () => {
  const board = createDecisionBoard();
  board.note(decision(7));
  expect(await board.wait({ partition: 1, offset: '7' }, 0)).toEqual(decision(7));
});

it('gives a decision to all who wait for it', async () => {
  const board = createDecisionBoard();
  const both = Promise.all([
    board.wait({ partition: 1, offset: '7' }, 5_000),
    board.wait({ partition: 1, offset: '7' }, 5_000),
  ]);
  board.note(decision(6));
  board.note(decision(7));
  expect(await both).toEqual([decision(7), decision(7)]);
});

it('gives null when none comes, and takes no other cause for it', async () => {
  const board = createDecisionBoard();
  board.note(decision(7, 'observation'));
  expect(await board.wait({ partition: 1, offset: '7' }, 1)).toBeNull();
});
