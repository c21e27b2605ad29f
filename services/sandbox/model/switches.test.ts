import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultSwitches, setSwitch, switchDefinitions } from './switches.ts';

describe('switches', () => {
  it('each names its fact, says what it does and has a default that it allows', () => {
    for (const [side, definitions] of Object.entries(switchDefinitions)) {
      for (const [name, { fact, doc, initial }] of Object.entries(definitions)) {
        expect([name, /^[PU]\d/.test(fact), doc.length > 20]).toEqual([name, true, true]);
        expect([name, setSwitch(defaultSwitches(), side, name, initial)]).toEqual([name, undefined]);
      }
    }
  });

  it('refuses unknown sides, names and values with a sentence', () => {
    const switches = defaultSwitches();
    expect(setSwitch(switches, 'erp', 'x', 1)).toMatch(/no side/);
    expect(setSwitch(switches, 'crm', 'magic', true)).toMatch(/no switch/);
    expect(setSwitch(switches, 'crm', 'keyGetShape', 'list')).toMatch(/one of "array", "object"/);
    expect(setSwitch(switches, 'crm', 'maxPageSize', 0)).toMatch(/from 1 to 5000/);
    expect(setSwitch(switches, 'unleashed', 'updateStatus', 200.5)).toMatch(/one of 200, 201/);
    expect(switches).toEqual(defaultSwitches());
  });

  it('each one is driven by a test of the models', () => {
    const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
    const tests = files.filter((file) => file.endsWith('.test.ts') && !file.endsWith('switches.test.ts'));
    const source = tests.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
    for (const [side, definitions] of Object.entries(switchDefinitions)) {
      for (const name of Object.keys(definitions)) {
        const driven = source.includes(`switches.${side}.${name}`);
        expect([side, name, driven]).toEqual([side, name, true]);
      }
    }
  });
});
