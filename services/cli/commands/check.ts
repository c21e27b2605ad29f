import { resolve } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { loadConfig, loadTenants, outboundConfig } from '#runtime';
import { checkTenant, type TenantReport } from '#tenant-check';
import { showFindings } from '../operator/tenant-findings.ts';

/** Tenants that are tried at the same time. */
const PARALLEL = 4;

/** `check --tenants FILE`: is the file right, do the credentials work, what is there. Writes nothing anywhere. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate a tenants file and try its credentials, read-only')
    .requiredOption('--tenants <file>', 'the tenants file')
    .option('--json', 'print the result as JSON')
    .action(async ({ tenants: file, json }: { tenants: string; json?: boolean }) => {
      const { outbound } = loadConfig({ outbound: outboundConfig }, process.env);
      const { tenants } = await loadTenants(resolve(file), process.env);
      const reports: TenantReport[] = [];
      for (let first = 0; first < tenants.length; first += PARALLEL) {
        const some = await Promise.all(
          tenants.slice(first, first + PARALLEL).map((tenant) => checkTenant(tenant, { outbound })),
        );
        reports.push(...some);
        if (json !== true) for (const report of some) process.stdout.write(`${describe(report)}\n`);
      }
      const failing = reports.filter(({ findings }) => findings.some(({ level }) => level === 'problem'));
      if (json === true) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
      else process.stdout.write(`${tenants.length} tenants, ${failing.length} with problems.\n`);
      if (failing.length > 0) process.exitCode = 1;
    });
}

function describe({ tenantId, name, findings }: TenantReport): string {
  return `${pc.bold(tenantId)} (${name})\n${showFindings(findings)}`;
}
