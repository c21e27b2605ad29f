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
              <Plan answer={answer} />
              <Report answer={answer} />
            </>
          )}
        </Loaded>
        <Loaded query={people}>{(answer) => <People answer={answer} />}</Loaded>
      </Stack>
    </>
  );
}

/** What there is to say when nothing would be set; by whether account managers are synced. */
function nothingToSet(synced: boolean): string {
  return synced
    ? 'Every company that takes part has the account manager that Unleashed has.'
    : 'Account managers are not synced: they stay as they are, also where they differ.';
}

/** When it runs, up to what it would set. */
function whenItRuns({ dueAt, synced }: OvernightAnswer): string {
  if (!synced) return 'It sets nothing, because account managers are not synced. Once they are, it would set';
  const when = dueAt === null ? 'It is off.' : `It runs next on ${new Date(dueAt).toLocaleString()}.`;
  return `${when} Now it would set`;
}

/** What somebody is called, with the user code where people know that; what is known of somebody without a name. */
function called(people: OvernightAnswer['people'], id: string): string {
  if (id === '') return '(none)';
  const isGuid = id.length > 8;
  const name = people.find((one) => one.id === id)?.name;
  if (name === undefined) return isGuid ? id.slice(0, 8) : id;
  return isGuid ? name : `${name} (${id})`;
}

/** What a run would do now. */
function Plan({ answer }: { readonly answer: OvernightAnswer }) {
  const { synced, plan } = answer;
  const make = useMakePlan();
  return (
    <Section title="Overnight fix">
      <Text size="sm">
        {whenItRuns(answer)} {plan.ordered} of {plan.compared} companies, with about {plan.calls} calls of the CRM;{' '}
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
              <Table.Td>{called(answer.people, item.crm)}</Table.Td>
              <Table.Td>{called(answer.people, item.unleashed)}</Table.Td>
              <Table.Td>
                {item.verdict === 'ordered' ? (
                  synced ? (
                    'Sets it'
                  ) : (
                    'Would set it'
                  )
                ) : (
                  <Reason sentence={item.sentence} action={item.action} />
                )}
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
            disabled={!synced || plan.ordered === 0}
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
function Report({ answer: { last, people } }: { readonly answer: OvernightAnswer }) {
  if (last === null) return null;
  return (
    <Section title="Last run">
      <Text size="sm">
        {new Date(last.startedAt).toLocaleString()}: {last.compared} companies compared, {last.ordered} set,{' '}
        {last.stopped} left as they were.
      </Text>
      {last.items.length === 0 ? null : (
        <Companies head={['Company', 'Before', 'Set to', 'Now']}>
          {last.items.map((item) => (
            <Table.Tr key={item.conflictId}>
              <Table.Td>
                <Company id={item.id} name={item.name} />
              </Table.Td>
              <Table.Td>{called(people, item.before)}</Table.Td>
              <Table.Td>{called(people, item.unleashed)}</Table.Td>
              <Table.Td>
                <Reason sentence={item.sentence} action="" />
              </Table.Td>
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
