/** Whether a command may still write: whose it is, deadline, settings and pauses. Pure. */
import type { Command, Setting } from '#contracts';
import type { CommandContext } from './context.ts';

/** Why a command may not write any more. */
export type GateCode = 'deadline-passed' | 'setting-changed' | 'paused';

/** Thrown where a write would begin that is no longer allowed. */
export class GateClosedError extends Error {
  override readonly name = 'GateClosedError';
  readonly code: GateCode;
  readonly retriable = false;

  constructor(code: GateCode) {
    super(`no write: ${code}`);
    this.code = code;
  }
}

/**
 * Thrown where a write would begin of a command that may be another process' by now. It is no outcome: whoever has the command
 * gives one.
 */
export class NotOursError extends Error {
  override readonly name = 'NotOursError';
  readonly retriable = true;

  constructor() {
    super('no write: the command may be in other hands');
  }
}

/**
 * The reason why the command may not go on; null when it may. A read is stopped by its deadline only. Settings that are
 * older than those that allowed the command say nothing about it: the table that they come from is behind.
 */
export function closedBy(command: Command, setting: Setting | null, nowMs: number): GateCode | null {
  if (nowMs >= command.deadlineMs) return 'deadline-passed';
  if (command.op === 'read' || setting === null || setting.version <= command.settingVersion) return null;
  if (!setting.enabled || setting.removed) return 'setting-changed';
  if (setting.pausedSides.includes(command.side) || setting.pausedEntities.includes(command.entity)) return 'paused';
  const has = (name: string): boolean => command.fields.some(({ field }) => field === name);
  const fieldOff = (has('address') && !setting.addresses) || (has('accountManager') && !setting.accountManagers);
  return fieldOff ? 'setting-changed' : null;
}

/**
 * Throws GateClosedError when the command may not write any more, NotOursError when it may be somebody else's; asked at the moment
 * at which a request goes out.
 */
export function guardOf({ command, ports }: CommandContext): () => void {
  return () => {
    if (!ports.isOurs()) throw new NotOursError();
    const code = closedBy(command, ports.setting(), ports.now());
    if (code !== null) throw new GateClosedError(code);
  };
}
