// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how the file refers to variables
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Env } from './config.ts';
import { Secret } from './secret.ts';
import { tenantsText, tenantText } from './tenants.testing.ts';
import { TenantsFileError } from './tenants-error.ts';
import { loadTenants, parseTenants, tenantFingerprint } from './tenants-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenants-'));
const path = join(folder, 'tenants.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parse(text: string, env: Env = {}) {
  return parseTenants(text, { path, env }).tenants;
}

/** The mistakes found, as `line:column field: message`. */
function mistakes(text: string, env: Env = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (!(error instanceof TenantsFileError)) throw error;
    return error.problems.map(({ line, column, field, message }) => `${line}:${column} ${field}: ${message}`);
  }
  return [];
}

describe('a tenants file', () => {
  it('is read with defaults, trimmed URLs and wrapped secrets, frozen', () => {
    const text = tenantsText(
      tenantText('acme', {
        prospect: '{ baseUrl: "http://127.0.0.1:4000/crm/", token: t, webhookSecret: w }',
        rest: '    sync: { enabled: true, conflictPolicy: ask }\n',
      }),
      tenantText('b-2'),
    );
    const [acme, other] = parse(text);
    expect(acme).toMatchObject({
      id: 'acme',
      name: 'Company acme',
      timeZone: 'Europe/London',
      prospect: { baseUrl: 'http://127.0.0.1:4000/crm' },
      unleashed: { apiId: 'id-acme', monthlyCalls: 10_000, pollSeconds: 300 },
      sync: { enabled: true, conflictPolicy: 'ask' },
    });
    expect(acme?.prospect.token).toBeInstanceOf(Secret);
    expect(acme?.unleashed.apiKey.reveal()).toBe('key-acme');
    expect(other?.sync).toBeUndefined();
    expect(JSON.stringify(acme)).not.toMatch(/key-acme|"t"|"w"/);
    expect(Object.isFrozen(acme?.unleashed)).toBe(true);
  });

  it('may be empty of tenants, but not of everything', () => {
    expect(parse('tenants: []')).toEqual([]);
    expect(mistakes('')).toEqual(['1:1 : The file must begin with tenants: and a list.']);
    expect(mistakes('tenants:\n')).toEqual(['1:9 tenants: Give a list of tenants.']);
    expect(mistakes('- id: a')).toHaveLength(1);
  });

  it('may use anchors, within limits', () => {
    const account = '&a { baseUrl: "https://erp.example", apiId: i, apiKey: k, monthlyCalls: 5 }';
    const merged = '{ <<: *a, apiId: j }';
    const tenants = parse(tenantsText(tenantText('a', { unleashed: account }), tenantText('b', { unleashed: merged })));
    expect(tenants[1]?.unleashed).toMatchObject({ apiId: 'j', monthlyCalls: 5 });
    let bomb = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let level = 1; level < 9; level++) {
      bomb += `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(',')}]\n`;
    }
    expect(mistakes(bomb).join()).toContain('come from aliases');
  });
});

describe('references', () => {
  writeFileSync(join(folder, 'key.txt'), 'key-from-file\n');
  writeFileSync(join(folder, 'empty.txt'), '\n');
  writeFileSync(join(folder, 'big.txt'), 'x'.repeat(70_000));

  it('to the environment work anywhere in a text, also for numbers and switches', () => {
    const [tenant] = parse(
      tenantsText(
        tenantText('acme', {
          prospect: '{ baseUrl: "https://${HOST}/odata", token: "pat-${TOKEN}", webhookSecret: "$${literal}" }',
          unleashed: '{ baseUrl: "https://erp.example", apiId: "${ID}", apiKey: "${TOKEN}", monthlyCalls: "${CALLS}" }',
          rest: '    sync: { enabled: "${ON}" }\n',
        }),
      ),
      { HOST: 'crm.example', TOKEN: 'file:not-a-file', ID: 'i', CALLS: '5000', ON: 'true' },
    );
    expect(tenant?.prospect.baseUrl).toBe('https://crm.example/odata');
    expect(tenant?.prospect.token.reveal()).toBe('pat-file:not-a-file');
    expect(tenant?.prospect.webhookSecret.reveal()).toBe('${literal}');
    expect(tenant?.unleashed.apiKey.reveal()).toBe('file:not-a-file');
    expect(tenant?.unleashed.monthlyCalls).toBe(5_000);
    expect(tenant?.sync?.enabled).toBe(true);
  });

  it('to files give their trimmed text, relative to the tenants file', () => {
    const text = tenantsText(
      tenantText('acme', {
        prospect: '{ baseUrl: "https://crm.example", token: "file:${NAME}.txt", webhookSecret: { file: key.txt } }',
      }),
    );
    const file = parseTenants(text, { path, env: { NAME: 'key' } });
    expect(file.tenants[0]?.prospect.token.reveal()).toBe('key-from-file');
    expect(file.tenants[0]?.prospect.webhookSecret.reveal()).toBe('key-from-file');
    expect(file.secretFiles).toEqual([join(folder, 'key.txt')]);
  });

  it('are for secrets only where they name a file', () => {
    const [tenant] = parse(tenantsText(tenantText('a')).replace('Company a', '"file:key.txt"'));
    expect(tenant?.name).toBe('file:key.txt');
  });

  it('that lead nowhere are named, once each, with their place', () => {
    const text = tenantsText(
      tenantText('acme', {
        prospect: '{ baseUrl: "https://crm.example", token: "${NO_TOKEN}", webhookSecret: "${1x}" }',
        unleashed: '{ baseUrl: "https://erp.example", apiId: file:empty.txt, apiKey: file:none.txt, monthlyCalls: 1 }',
      }),
    );
    expect(mistakes(text)).toEqual([
      '5:56 tenants[0].prospect.token: The environment variable NO_TOKEN is not set.',
      '5:86 tenants[0].prospect.webhookSecret: Give the name of a variable inside the braces.',
      expect.stringMatching(/^6:57 tenants\[0\]\.unleashed\.apiId: The file .*empty\.txt is empty\.$/),
      expect.stringMatching(/^6:81 tenants\[0\]\.unleashed\.apiKey: The file .*none\.txt cannot be read \(ENOENT\)\.$/),
    ]);
    const big = tenantText('a', {
      prospect: '{ baseUrl: "https://c.example", token: file:big.txt, webhookSecret: w }',
    });
    expect(mistakes(tenantsText(big)).join()).toContain('larger than');
  });
});

describe('mistakes', () => {
  it('are all found at once, in the order of the file, with line, column and field', () => {
    const text = `tenants:
  - id: Acme
    name: ''
    timeZone: Europe/Londn
    prospect:
      base_url: https://crm.example
      token: hunter2
      webhookSecret: hunter2
    unleashed:
      baseUrl: http://erp.example
      apiId: a
      apiKey: [hunter2]
      monthlyCalls: plenty
      pollSeconds: 0
      colour: red
  - hunter2
`;
    expect(mistakes(text)).toEqual([
      '2:9 tenants[0].id: Give an id of up to 40 small letters, digits and dashes that does not begin with a dash.',
      '3:11 tenants[0].name: Give a name for people.',
      '4:15 tenants[0].timeZone: No such time zone. Give one such as Europe/London or Pacific/Auckland.',
      '6:7 tenants[0].prospect.baseUrl: Give a URL such as https://crm-odata-v1.prospect365.com.',
      '6:7 tenants[0].prospect.base_url: There is no such setting. Did you mean baseUrl?',
      '10:16 tenants[0].unleashed.baseUrl: Use https: over plain http the credentials could be read on the way.',
      '12:15 tenants[0].unleashed.apiKey: Give the API key of the Unleashed account.',
      '13:21 tenants[0].unleashed.monthlyCalls: Give the API calls that the Unleashed plan allows in a month, a whole number from 1 to 100000000.',
      '14:20 tenants[0].unleashed.pollSeconds: Give the seconds between polls, a whole number from 1 to 86400.',
      '15:7 tenants[0].unleashed.colour: There is no such setting. Known here: baseUrl, apiId, apiKey, monthlyCalls, pollSeconds, workingHours, quietPollSeconds, webhookSignatureKey, recordUrl.',
      '16:5 tenants[1]: Give a tenant: id, name, timeZone, prospect and unleashed.',
    ]);
    expect(mistakes(text).join()).not.toContain('hunter2');
  });

  it("of the addresses of records' pages", () => {
    const read = (url: string) =>
      tenantsText(
        tenantText('a', {
          prospect: `{ baseUrl: "https://c.example", token: t, webhookSecret: w, recordUrl: "${url}" }`,
        }),
      );
    expect(mistakes(read('https://c.example/view/{entity}/{id}'))).toEqual([]);
    for (const wrong of ['https://c.example/view', 'javascript:{id}', '{id}', 'https://c.example/{id}/{name}']) {
      expect(mistakes(read(wrong)).join()).toContain('with {id} or {code} in it');
    }
  });

  it('of the hours at which Unleashed is polled densely', () => {
    const account = 'baseUrl: "https://erp.example", apiId: id-a, apiKey: k, monthlyCalls: 1';
    const read = (hours: string) => tenantsText(tenantText('a', { unleashed: `{ ${account}, ${hours} }` }));
    const [tenant] = parse(read('workingHours: { from: 8, to: 18 }, quietPollSeconds: 900'));
    expect(tenant?.unleashed).toMatchObject({ workingHours: { from: 8, to: 18 }, quietPollSeconds: 900 });
    const told = (hours: string) => mistakes(read(hours)).map((mistake) => mistake.replace(/^\S+ /, ''));
    expect(told('workingHours: { from: 18, to: 8 }')).toEqual([
      'tenants[0].unleashed.workingHours: Give an end that is later than the beginning.',
    ]);
    expect(told('workingHours: nine to five')).toEqual([
      'tenants[0].unleashed.workingHours: Give a section with from and to, such as { from: 8, to: 18 }.',
    ]);
    expect(told('quietPollSeconds: 900')).toEqual([
      'tenants[0].unleashed.quietPollSeconds: Give workingHours too: without them there are no quiet hours.',
    ]);
  });

  it('of an id, an account or a workspace that two tenants share', () => {
    const shared = { prospect: '{ baseUrl: "https://crm.example", token: t, webhookSecret: w }' };
    const text = tenantsText(
      tenantText('a', shared),
      tenantText('a'),
      tenantText('b', {
        ...shared,
        unleashed: '{ baseUrl: "https://erp.example", apiId: id-a, apiKey: k, monthlyCalls: 1 }',
      }),
    );
    expect(mistakes(text).map((mistake) => mistake.replace(/^\S+ /, ''))).toEqual([
      'tenants[1].id: tenants[0] has the same id.',
      'tenants[1].unleashed.apiId: tenants[0] has the same Unleashed account.',
      'tenants[2].prospect.token: tenants[0] has the same CRM token.',
      'tenants[2].unleashed.apiId: tenants[0] has the same Unleashed account.',
    ]);
  });

  it('in the YAML are told without quoting the file', () => {
    expect(mistakes('tenants:\n  - id: "hunter2\n    name: x\n').join()).toMatch(/^\d+:\d+ : /);
    expect(mistakes('tenants:\n  - id: a\n    id: b\n')).toEqual([
      '3:5 : This key is there twice in one section. Remove one.',
    ]);
    expect(mistakes('tenants:\n\t- id: a\n').join()).toContain('Indent with spaces');
    for (const text of [
      'token: "hunter2',
      '[hunter2',
      'a: b: hunter2',
      '{ hunter2 } hunter2',
      '*hunter2',
      '!hunter2 x',
    ]) {
      const found = mistakes(text);
      expect(found.length, text).toBeGreaterThan(0);
      expect(found.join(), text).not.toContain('hunter2');
    }
  });

  it('of values that were meant as objects or lists do not confuse it', () => {
    for (const text of [
      'tenants: 7',
      'tenants: [[]]',
      'tenants: { a: 1 }',
      'tenants: [null]',
      '? [a]\n: b\n',
      'a: 1\n---\nb: 2',
    ]) {
      expect(mistakes(text).length, text).toBeGreaterThan(0);
    }
    const nested = '['.repeat(60) + ']'.repeat(60);
    expect(mistakes(`tenants: ${nested}`).length).toBeGreaterThan(0);
  });

  it('beyond a hundred are left for the next time', () => {
    expect(mistakes(`tenants:\n${'  - x\n'.repeat(500)}`)).toHaveLength(100);
  });

  it.each(['Europe/London', 'Pacific/Auckland', 'UTC'])('%s is a time zone', (zone) => {
    expect(mistakes(tenantsText(tenantText('a')).replace('Europe/London', zone))).toEqual([]);
  });

  it.each(['+02:00', 'Moon/Base', '""', '7'])('%s is not a time zone', (zone) => {
    expect(mistakes(tenantsText(tenantText('a')).replace('Europe/London', zone))).toHaveLength(1);
  });

  it.each([
    ['http://localhost:3000', true],
    ['http://sandbox:8080/crm', true],
    ['http://192.168.1.5', true],
    ['http://172.20.0.3', true],
    ['http://[::1]:80', true],
    ['https://api.example', true],
    ['http://api.example', false],
    ['http://10.evil.example', false],
    ['http://172.32.0.1', false],
    ['ftp://localhost', false],
    ['https://me:pw@api.example', false],
  ])('%s as a base URL: %s', (url, fine) => {
    const prospect = `{ baseUrl: "${url}", token: t, webhookSecret: w }`;
    expect(mistakes(tenantsText(tenantText('a', { prospect }))).length).toBe(fine ? 0 : 1);
  });
});

describe('loadTenants', () => {
  it('says that there is no such file', async () => {
    await expect(loadTenants(join(folder, 'none.yaml'), {})).rejects.toThrow(
      expect.objectContaining({ code: 'TENANTS_UNREADABLE', message: expect.stringContaining('ENOENT') }),
    );
  });

  it('reads five thousand tenants', async () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => `t${index}`);
    writeFileSync(path, tenantsText(...ids.map((id) => tenantText(id))));
    expect((await loadTenants(path, {})).tenants).toHaveLength(5_000);
  });
});

describe('tenantFingerprint', () => {
  it('changes with anything, a secret too', () => {
    const of = (text: string) => parse(text).map(tenantFingerprint)[0];
    const text = tenantsText(tenantText('a'));
    expect(of(text)).toBe(of(text));
    expect(of(text.replace('key-a', 'key-b'))).not.toBe(of(text));
    expect(of(text.replace('10000', '10001'))).not.toBe(of(text));
  });
});
