import { expect, it } from 'vitest';
import { nextState, type TaskEvent, type TaskState, TRANSITIONS } from './task-state.ts';

const after = (...events: TaskEvent[]): TaskState => events.reduce<TaskState>(nextState, 'unassigned');

it('goes through a life: fence, restore, steps, and back', () => {
  expect(after('fenced', 'restore', 'restored', 'begin', 'committed')).toBe('running');
  expect(after('fenced', 'restore', 'restored', 'begin', 'failure', 'fenced')).toBe('fenced');
  expect(after('fenced', 'restore', 'revoked')).toBe('unassigned');
});

it('never runs before it has restored, and never restores before it has fenced', () => {
  expect(() => after('restore')).toThrow('unassigned knows no event');
  expect(() => after('fenced', 'restored')).toThrow();
  expect(() => after('fenced', 'restore', 'restored', 'begin', 'failure', 'begin')).toThrow();
});

it('can fail and be taken away in every state', () => {
  for (const cells of Object.values(TRANSITIONS)) {
    expect(cells.failure).toBe('failed');
    expect(cells.revoked).toBe('unassigned');
  }
});
