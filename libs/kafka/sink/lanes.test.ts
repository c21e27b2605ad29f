import { expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

it('runs a lane in order, lanes side by side, and not more at once than allowed', async () => {
  const lanes = createLanes(2);
  const done: string[] = [];
  let running = 0;
  let most = 0;
  for (let index = 0; index < 30; index++) {
    const lane = `lane${index % 3}`;
    lanes.add(lane, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      done.push(`${lane}:${index}`);
    });
  }
  await lanes.idle();
  expect(most).toBe(2);
  for (const lane of ['lane0', 'lane1', 'lane2']) {
    const mine = done.filter((one) => one.startsWith(lane)).map((one) => Number(one.split(':')[1]));
    expect(mine).toEqual([...mine].sort((a, b) => a - b));
    expect(mine).toHaveLength(10);
  }
});

it('gives the place of a lane that waits to another', async () => {
  const lanes = createLanes(1);
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  lanes.add('slow', async (place) => {
    await place.away(() => gate.promise);
    done.push('slow');
  });
  lanes.add('quick', async () => {
    done.push('quick');
    gate.resolve();
  });
  await lanes.idle();
  expect(done).toEqual(['quick', 'slow']);
});

it('forgets what has not begun in dropped lanes only', async () => {
  const lanes = createLanes(1);
  const done: string[] = [];
  for (const name of ['1/a', '1/a', '2/a']) lanes.add(name, async () => void done.push(name));
  lanes.drop('1/');
  await lanes.idle();
  expect(done).not.toContain('1/a-late');
  expect(done).toContain('2/a');
});
