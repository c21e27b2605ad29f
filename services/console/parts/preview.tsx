/** What a change of settings would cost. */
import { List } from '@mantine/core';
import type { PreviewAnswer } from '../lib/types.ts';

const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const COUNT = new Intl.NumberFormat('en');

/** Records, writes, calls and time, in a few lines. */
export function Cost({ preview }: { readonly preview: PreviewAnswer }) {
  const { records, differ, makes, writes, questions, held, calls, unleashedMonthShare, minutes } = preview;
  const count = (number: number): string => COUNT.format(number);
  return (
    <List size="sm" aria-label="What it means">
      <List.Item>
        {count(records)} records take part, {count(differ)} of them differ
      </List.Item>
      <List.Item>
        {count(writes.crm)} would be written in the CRM, {count(writes.unleashed)} in Unleashed
        {makes === 0 ? '' : `, ${count(makes)} would be made`}
      </List.Item>
      {questions === 0 ? null : <List.Item>{count(questions)} would wait for an answer</List.Item>}
      {held === 0 ? null : <List.Item>{count(held)} would wait for the first alignment to be approved</List.Item>}
      <List.Item>
        About {count(calls.crm)} calls of the CRM and {count(calls.unleashed)} of Unleashed (
        {PERCENT.format(unleashedMonthShare)} of a month), {minutes <= 1 ? 'a minute' : `${count(minutes)} minutes`}{' '}
        beside the work of people
      </List.Item>
    </List>
  );
}
