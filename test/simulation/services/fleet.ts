/**
 * The processes of all services, who has the partition of each, and what becomes of it when one dies, sleeps past its
 * session, or another one joins. One partition each; the group's words reach a process when it can hear them.
 */
import type { Dice } from '../../../services/sandbox/model/random.ts';
import { createProcess, type Doom, type SimProcess } from '../engine/process.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import { between, KINDS, type Kind, type Service } from './parts.ts';

/** What the fleet is run with. */
export interface FleetOptions {
  scheduler: Scheduler;
  dice: Dice;
  start(kind: Kind, process: SimProcess): Service;
  tell(text: string): void;
  /** Told when a stopped process goes on. */
  onResume(name: string): void;
}

/** All processes. */
export interface Fleet {
  /** Starts one process of each kind. */
  start(): void;
  isOwner(kind: Kind, process: SimProcess): boolean;
  /** Whether a process may believe that the partition is its own: it was heard within its session, by what it knows. */
  isSure(kind: Kind, process: SimProcess): boolean;
  /** The youngest living process of a kind; undefined while there is none. */
  current(kind: Kind): { process: SimProcess; service: Service } | undefined;
  /** Kills at one of the next steps of the process that has the partition. */
  crash(kind: Kind, doom: Doom): void;
  /** Stops the owner for a time; when that is longer than its session, another process takes over meanwhile. */
  freeze(kind: Kind, forMs: number): void;
  /** Another process joins and is given the partition while the old one still works. */
  rebalance(kind: Kind): void;
  /** Every kind has an owner that is alive and not stopped. */
  isWhole(): boolean;
}

interface Member {
  process: SimProcess;
  service: Service;
  isStopped: boolean;
  /** When it was last heard, if that is not a moment ago: it was stopped then. */
  silentSinceMs: number | null;
}

/** Session of the groups, milliseconds. */
const SESSION_MS = 10_000;
/** Time between heartbeats, milliseconds. */
const HEARTBEAT_MS = 500;
/** A doomed process that takes no step dies after this, milliseconds. */
const DOOM_MS = 5_000;
/** Services' clocks differ by less than twice this, milliseconds. */
const SKEW_MS = 400;

/** A fleet without processes. */
export function createFleet({ scheduler, dice, start, tell, onResume }: FleetOptions): Fleet {
  const owners = new Map<Kind, Member>();
  const members = new Map<Kind, Member[]>(KINDS.map((kind) => [kind, []]));
  const counts = new Map<Kind, number>();

  function spawn(kind: Kind): Member {
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const process = createProcess({
      name: `${kind}#${number}`,
      scheduler,
      skewMs: between(dice, -SKEW_MS, SKEW_MS),
      onDeath: (why) => died(kind, process, why),
    });
    const member: Member = { process, service: start(kind, process), isStopped: false, silentSinceMs: null };
    members.get(kind)?.push(member);
    return member;
  }

  function own(kind: Kind, member: Member): void {
    owners.set(kind, member);
    tell(`${member.process.name} is given the partition`);
    member.process.deliver(() => member.service.assign());
  }

  function died(kind: Kind, process: SimProcess, why: string): void {
    tell(`${process.name} dies (${why})`);
    const all = members.get(kind) ?? [];
    const index = all.findIndex((member) => member.process === process);
    if (index >= 0) all.splice(index, 1);
    if (owners.get(kind)?.process !== process) return;
    owners.delete(kind);
    // The supervisor starts it again; the group waits for the session of the dead one.
    scheduler.after(between(dice, 200, SESSION_MS), () => {
      if (!owners.has(kind)) own(kind, spawn(kind));
    });
  }

  /** What was taken away from a process that could not hear it: it hears it a moment after it can, and goes on until then. */
  function retire(member: Member): void {
    member.process.deliver(() => {
      member.process.later(between(dice, 5, 3_000), () => {
        tell(`${member.process.name} hears that the partition is no longer its own`);
        member.service.revoke();
        scheduler.after(20_000, () => member.process.kill());
      });
    });
  }

  return {
    start() {
      for (const kind of KINDS) own(kind, spawn(kind));
    },
    isOwner: (kind, process) => owners.get(kind)?.process === process,
    isSure(kind, process) {
      const member = members.get(kind)?.find((one) => one.process === process);
      if (member === undefined) return false;
      const { silentSinceMs } = member;
      return silentSinceMs === null || scheduler.now() < silentSinceMs + SESSION_MS - HEARTBEAT_MS;
    },
    current: (kind) => members.get(kind)?.findLast((member) => !member.isStopped),
    crash(kind, doom) {
      const owner = owners.get(kind);
      if (owner === undefined) return;
      owner.process.doom(doom);
      scheduler.after(DOOM_MS, () => owner.process.kill());
    },
    freeze(kind, forMs) {
      const owner = owners.get(kind);
      if (owner === undefined || owner.isStopped) return;
      tell(`${owner.process.name} is stopped for ${forMs} ms`);
      owner.isStopped = true;
      owner.silentSinceMs = scheduler.now();
      owner.process.stop();
      scheduler.after(forMs, () => {
        if (!owner.process.isAlive()) return;
        tell(`${owner.process.name} goes on`);
        owner.isStopped = false;
        onResume(owner.process.name);
        owner.process.goOn();
        scheduler.after(HEARTBEAT_MS, () => {
          if (owners.get(kind) === owner && !owner.isStopped) owner.silentSinceMs = null;
        });
      });
      if (forMs <= SESSION_MS) return;
      scheduler.after(SESSION_MS, () => {
        if (owners.get(kind) !== owner) return;
        own(kind, spawn(kind));
        retire(owner);
      });
    },
    rebalance(kind) {
      const owner = owners.get(kind);
      if (owner === undefined) return;
      own(kind, spawn(kind));
      retire(owner);
    },
    isWhole: () => KINDS.every((kind) => owners.get(kind)?.isStopped === false),
  };
}
