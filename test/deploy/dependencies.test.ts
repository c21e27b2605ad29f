/**
 * What we build on: known vulnerabilities by the registry's own report, and what can be told without it, from the lock file
 * alone. A registry that gives no report makes the first of these say so on standard error; the others hold in any case.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const AUDIT_TIMEOUT_MS = 60_000;

/** Licences that what we ship may have: none of them asks anything of those who use it. */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense'];

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as T;
const lock = read<{ packages: Record<string, Locked> }>('package-lock.json');
const { allowScripts } = read<{ allowScripts: Record<string, boolean> }>('package.json');
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The licence that stands in a package's file, where its description names none. */
function licenceInFile(path: string): string {
  return /^MIT License/m.test(readFileSync(join(ROOT, path, 'LICENSE'), 'utf8')) ? 'MIT' : '';
}

interface AuditReport {
  readonly auditReportVersion?: number;
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly via: unknown }>>;
}

/** The registry's report; null, with what it said instead, when it gives none. */
function audit(): Promise<{ report: AuditReport | null; said: string }> {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json'];
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: ROOT, timeout: AUDIT_TIMEOUT_MS, maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      try {
        const report = JSON.parse(stdout) as AuditReport;
        if (report.auditReportVersion !== undefined) return resolve({ report, said: '' });
      } catch {
        // Not a report: what it said is told below.
      }
      const [first = 'no answer in time'] = stderr.split('\n').filter((line) => line.includes('audit'));
      resolve({ report: null, said: error?.killed === true ? 'no answer in time' : first });
    });
  });
}

describe('what we ship', () => {
  it(
    'has no known vulnerability of high or critical severity',
    async () => {
      const { report, said } = await audit();
      if (report === null) {
        process.stderr.write(
          `NOT CHECKED: the registry gives no report of vulnerabilities (${said}). Lock file checked only.\n`,
        );
        expect(packages.length).toBeGreaterThan(100);
        return;
      }
      const bad = Object.entries(report.vulnerabilities ?? {}).filter(([, { severity }]) =>
        /high|critical/.test(severity),
      );
      expect(bad).toEqual([]);
    },
    AUDIT_TIMEOUT_MS * 2,
  );

  it('has licences that ask nothing of those who use it', () => {
    const others = packages.flatMap(([path, { dev, license }]) =>
      dev === true || LICENCES.includes(license ?? licenceInFile(path)) ? [] : [`${path}: ${license}`],
    );
    expect(others).toEqual([]);
  });
});

describe('every package', () => {
  it('is the one whose digest the lock file has, from the registry', () => {
    const loose = packages.flatMap(([path, { integrity = '', resolved = '', version = '', dev, optional }]) => {
      // Tools of developers for other systems than those that wrote the lock file are in it by version only.
      const isForOthers = dev === true && optional === true && integrity === '';
      const isExact = /^\d+\.\d+\.\d+/.test(version) && (isForOthers || /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
      return isExact && !/^(git|file|http:)/.test(resolved) ? [] : [path];
    });
    expect(loose).toEqual([]);
  });

  it('that wants to run something when it is installed was decided about', () => {
    const scripts = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => nameOf(path));
    expect(scripts.filter((name) => !(name in allowScripts))).toEqual([]);
    // Only one may: it puts the Node that runs everything in its place.
    expect(Object.keys(allowScripts).filter((name) => allowScripts[name] === true)).toEqual(['node']);
  });
});
