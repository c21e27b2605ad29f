/** Rows 1, 2, 3, 6, 7, 14 and 16 of the mission's table: records, from one system's API to the other's. */
import { addressRows } from './addresses.ts';
import { companyRows } from './companies.ts';
import { contactRows } from './contacts.ts';
import { replayed } from './explained.ts';
import { useRows } from './kit.ts';
import { wayRows } from './ways.ts';

const rows = useRows('records', 66);

companyRows(rows);
addressRows(rows);
contactRows(rows);
wayRows(rows);
replayed(rows);
