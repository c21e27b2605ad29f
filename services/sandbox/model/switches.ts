/**
 * Every unknown of the two APIs as a named switch. A definition names the fact it stands for (P: Prospect facts,
 * U: Unleashed facts), its default, and what it may be set to. Consumers are tested with both settings.
 */
import type { SwitchDefinition, ValuesOf } from './switch-definition.ts';
import { type CrmSwitches, crmSwitches } from './switches-crm.ts';
import { type UnleashedSwitches, unleashedSwitches } from './switches-unleashed.ts';

/** All switch values of one workspace. */
export type Switches = { crm: CrmSwitches; unleashed: UnleashedSwitches };

/** All definitions, by side and name. */
export const switchDefinitions = { crm: crmSwitches, unleashed: unleashedSwitches } as const;

/** A fresh set of switches, all at their defaults. */
export function defaultSwitches(): Switches {
  return { crm: initialOf(crmSwitches), unleashed: initialOf(unleashedSwitches) };
}

/** Outcome of setting a switch: nothing, or a sentence that says why not. */
export function setSwitch(switches: Switches, side: string, name: string, value: unknown): string | undefined {
  if (side !== 'crm' && side !== 'unleashed') return `no side "${side}"; sides are crm and unleashed`;
  const definitions: Readonly<Record<string, SwitchDefinition>> = switchDefinitions[side];
  const definition = definitions[name];
  if (!definition) return `${side} has no switch "${name}"`;
  if (definition.kind === 'range') {
    const [least = 0, most = 0] = definition.settings.map(Number);
    if (typeof value !== 'number' || value < least || value > most) {
      return `${side}.${name} takes a number from ${least} to ${most}`;
    }
  } else if (!definition.settings.some((setting) => setting === value)) {
    return `${side}.${name} takes one of ${definition.settings.map((s) => JSON.stringify(s)).join(', ')}`;
  }
  Object.assign(switches[side], { [name]: value });
  return undefined;
}

function initialOf<D extends Record<string, SwitchDefinition>>(definitions: D): ValuesOf<D> {
  const entries = Object.entries(definitions).map(([name, definition]) => [name, definition.initial]);
  return Object.fromEntries(entries) as ValuesOf<D>;
}
