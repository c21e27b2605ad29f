import { describe, expect, it } from 'vitest';
import { COMMAND_BYTES_MAX, commandOutput, createCommandAnswers } from './command-output.ts';

const node = (code: string) => [process.execPath, '-e', code] as const;

describe('a command', () => {
  it('gives what it prints, and no shell has a hand in it', async () => {
    expect(await commandOutput(node('console.log(" a secret ")'))).toBe('a secret');
    expect(await commandOutput([process.execPath, '-p', 'process.argv[1]', '$(id); `id` && id | id > x'])).toBe(
      '$(id); `id` && id | id > x',
    );
  });

  it.each([
    ['fails', 'console.log("s3cret"); process.exit(3)', 'ended with exit code 3'],
    ['prints nothing', '', 'printed nothing'],
    ['prints too much', `console.log("s3cret".repeat(${COMMAND_BYTES_MAX}))`, 'printed more than'],
    ['reads what nobody gives', 'process.stdin.on("end", () => process.exit(4)).resume()', 'exit code 4'],
  ])('that %s says so, and nothing that it printed', async (_what, code, message) => {
    const error: Error = await commandOutput(node(code)).then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', message: expect.stringContaining(message) });
    expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('s3cret');
  });

  it('that hangs is ended', async () => {
    await expect(commandOutput(node('setInterval(() => {}, 1000)'), 300)).rejects.toThrow('took longer than 300 ms');
  });

  it('that is not there is named', async () => {
    await expect(commandOutput(['/no/such/program'])).rejects.toThrow('cannot be run (ENOENT)');
  });
});

describe('answers', () => {
  it('are kept for a while, and asked for again when they are old or failed', async () => {
    let nowMs = 0;
    const answers = createCommandAnswers({ ageMaxMs: 100, nowMs: () => nowMs });
    const random = node('console.log(Math.random())');
    const first = await answers.ask(random);
    expect(await answers.ask(random)).toBe(first);
    expect(answers.stale()).toBe(false);
    nowMs = 100;
    expect(answers.stale()).toBe(true);
    expect(await answers.ask(random)).not.toBe(first);
    await expect(answers.ask(['/no/such/program'])).rejects.toThrow();
    await expect(answers.ask(['/no/such/program'])).rejects.toThrow();
  });
});
