/** Account managers: who can be chosen and who cannot, what the overnight fix would do, and what it did. */
import { Anchor, Badge, Button, Card, Group, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useMakePlan } from '../lib/plans.ts';
import { useTenantId, useTenantQuery } from '../lib/queries.ts';
import type { AccountManagersAnswer, OvernightAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { Reason } from '../parts/standing.tsx';

/** The page. */
export function Managers() {
  const people = useTenantQuery<AccountManagersAnswer>('/account-managers');
  const overnight = useTenantQuery<OvernightAnswer>('/overnight');
  return (
    <>
      <PageTitle>Account managers</PageTitle>
      <Stack gap="lg">
        <Loaded query={overnight}>
          {(answer) => (
            <>
              <Plan answer={answer} synced={people.data?.synced ?? null} />
              <Report last={answer.last} />
            </>
          )}
        </Loaded>
        <Loaded query={people}>{(answer) => <People answer={answer} />}</Loaded>
      </Stack>
    </>
  );
}

/** What there is to say when nothing would be set; by whether account managers are synced, null while it is not known. */
function nothingToSet(synced: boolean | null): string | null {
  if (synced === null) return null;
  return synced
    ? 'Every company that takes part has the account manager that Unleashed has.'
    : 'Account managers are not synced: they stay as they are, also where they differ.';
}

/** What a run would do now. */
function Plan({
  answer: { dueAt, plan },
  synced,
}: {
  readonly answer: OvernightAnswer;
  readonly synced: boolean | null;
}) {
  const make = useMakePlan();
  const when = dueAt === null ? 'It is off.' : `It runs next on ${new Date(dueAt).toLocaleString()}.`;
  return (
    <Section title="Overnight fix">
      <Text size="sm">
        {when} Now it would set {plan.ordered} of {plan.compared} companies, with about {plan.calls} calls of the CRM;{' '}
        {plan.stopped} more differ and would stay.
      </Text>
      {plan.items.length === 0 ? (
        <Nothing title="Nothing to set">{nothingToSet(synced)}</Nothing>
      ) : (
        <Companies head={['Company', 'CRM', 'Unleashed', 'What it would do']}>
          {plan.items.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>
                <Company id={item.id} name={item.name} />
              </Table.Td>
              <Table.Td>{item.crm || '(none)'}</Table.Td>
              <Table.Td>{item.unleashed.slice(0, 8) || '(none)'}</Table.Td>
              <Table.Td>
                {item.verdict === 'ordered' ? 'Sets it' : <Reason sentence={item.sentence} action={item.action} />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Companies>
      )}
      <Incomplete complete={plan.complete} />
      <Allowed actions={['run-overnight']}>
        <Group>
          <Button
            size="xs"
            variant="default"
            disabled={plan.ordered === 0}
            loading={make.isPending}
            onClick={() => make.mutate({ kind: 'run-overnight' })}
          >
            Plan it for now
          </Button>
        </Group>
      </Allowed>
      {make.error === null ? null : <Trouble error={make.error} />}
    </Section>
  );
}

/** What the last run did. */
function Report({ last }: { readonly last: OvernightAnswer['last'] }) {
  if (last === null) return null;
  return (
    <Section title="Last run">
      <Text size="sm">
        {new Date(last.startedAt).toLocaleString()}: {last.compared} companies compared, {last.ordered} set,{' '}
        {last.stopped} left as they were.
      </Text>
      {last.items.length === 0 ? null : (
        <Companies head={['Company', 'Before', 'Now', '']}>
          {last.items.map((item) => (
            <Table.Tr key={item.conflictId}>
              <Table.Td>
                <Company id={item.id} name={item.name} />
              </Table.Td>
              <Table.Td>{item.before || '(none)'}</Table.Td>
              <Table.Td>
                <Reason sentence={item.sentence} action="" />
              </Table.Td>
              <Table.Td />
            </Table.Tr>
          ))}
        </Companies>
      )}
      <Incomplete complete={last.complete} />
    </Section>
  );
}

/** Users of the CRM: who is offered, and who is left out and why. */
function People({ answer: { offered, leftOut, synced } }: { readonly answer: AccountManagersAnswer }) {
  return (
    <Section title="Who can be chosen">
      {synced ? null : (
        <Text size="sm">Account managers are not synced: everybody with the tick box can be chosen.</Text>
      )}
      {offered.length + leftOut.length === 0 ? (
        <Nothing title="No users yet">They appear once they were read.</Nothing>
      ) : (
        <Companies head={['User', 'E-mail address', 'Offered', '']}>
          {[...offered.map((one) => ({ ...one, sentence: '', action: '' })), ...leftOut].map((one) => (
            <Table.Tr key={one.userCode}>
              <Table.Td>
                {one.name} ({one.userCode})
              </Table.Td>
              <Table.Td>{one.email}</Table.Td>
              <Table.Td>
                <Badge variant="light" tt="none" color={one.sentence === '' ? 'teal' : 'gray'}>
                  {one.sentence === '' ? 'Yes' : 'No'}
                </Badge>
              </Table.Td>
              <Table.Td>
                <Reason sentence={one.sentence} action={one.action} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Companies>
      )}
    </Section>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card withBorder padding="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Card>
  );
}

function Companies({ head, children }: { readonly head: readonly string[]; readonly children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={600}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {head.map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Company({ id, name }: { readonly id: string; readonly name: string }) {
  const tenant = useTenantId();
  return (
    <Anchor component={Link} href={`/t/${tenant}/records/company/${encodeURIComponent(id)}`} size="sm">
      {name || '(no name)'}
    </Anchor>
  );
}

function Incomplete({ complete }: { readonly complete: boolean }) {
  return complete ? null : <Text size="sm">Only the first are named.</Text>;
}
