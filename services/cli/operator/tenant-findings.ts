import pc from 'picocolors';

/** What was found with a tenant's credentials. */
interface Finding {
  readonly level: 'ok' | 'note' | 'problem';
  readonly side: string;
  readonly message: string;
}

const SIGNS: Record<Finding['level'], string> = { ok: pc.green('✓'), note: pc.yellow('!'), problem: pc.red('✗') };

/** Findings, a line each; empty when there are none. */
export function showFindings(findings: readonly Finding[]): string {
  return findings.map(({ level, side, message }) => `  ${SIGNS[level]} ${side}: ${message}`).join('\n');
}
