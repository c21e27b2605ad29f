/** Rows 4, 5, 8 to 13 and 15 of the mission's table: what people order, from one system's API to the other's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { alignmentRows } from './alignment.ts';
import { buttonRows } from './button.ts';
import { conflictRows } from './conflicts.ts';
import { replayed } from './explained.ts';
import { useRows } from './kit.ts';
import { managerRows } from './managers.ts';
import { settingRows, VIEWER } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'orders-tokens-'));
const tokens = join(folder, 'tokens.json');
writeFileSync(tokens, JSON.stringify([{ subject: 'looker', role: 'viewer', token: VIEWER }]));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = useRows('orders', 48, { 'control-api': { CONTROL_API_TOKENS_FILE: tokens } });

buttonRows(rows);
conflictRows(rows);
managerRows(rows);
settingRows(rows);
alignmentRows(rows);
replayed(rows);
