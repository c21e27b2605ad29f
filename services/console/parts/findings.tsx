/** What was found with a tenant's credentials. */
import { List, Text } from '@mantine/core';
import type { TenantFindings } from '../lib/types.ts';

type All = TenantFindings['findings'];

const COLOURS = { ok: 'teal', note: 'yellow.8', problem: 'red' } as const;
const SIGNS = { ok: '✓', note: '!', problem: '✗' } as const;
const WORDS = { ok: 'as it should be', note: 'worth knowing', problem: 'problem' } as const;

/** Whether two-way sync will not work like this. */
export function hasProblem(findings: All): boolean {
  return findings.some(({ level }) => level === 'problem');
}

/** Each finding as a line. */
export function Findings({ findings }: { readonly findings: All }) {
  return (
    <List size="sm" spacing="xs" listStyleType="none" aria-label="What was found">
      {findings.map(({ level, side, message }) => (
        <List.Item key={`${side} ${message}`}>
          <Text span c={COLOURS[level]} fw={700} role="img" aria-label={WORDS[level]}>
            {SIGNS[level]}
          </Text>{' '}
          {side}: {message}
        </List.Item>
      ))}
    </List>
  );
}
