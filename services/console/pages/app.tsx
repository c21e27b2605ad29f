/** Who is signed in, which tenant, which page. */
import { Container } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { get, send } from '../lib/api.ts';
import { keepRenewed } from '../lib/renewal.ts';
import { type Session, signIn, takeFromAddress, takePlace, useSession } from '../lib/session.ts';
import type { TenantView } from '../lib/types.ts';
import { Loaded, Nothing } from '../parts/feedback.tsx';
import { Alerts } from './alerts.tsx';
import { Alignment } from './alignment.tsx';
import { Audit } from './audit.tsx';
import { Conflicts } from './conflicts.tsx';
import { Drift } from './drift.tsx';
import { Failing } from './failing.tsx';
import { Fleet } from './fleet.tsx';
import { Managers } from './managers.tsx';
import { Overview } from './overview.tsx';
import { PlanPage } from './plan.tsx';
import { Plans } from './plans.tsx';
import { RecordPage } from './record.tsx';
import { Records } from './records.tsx';
import { Settings } from './settings.tsx';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { Tenants } from './tenants.tsx';

/** Everything. */
export function App() {
  const { session, refusal } = useSession();
  const [entry, setEntry] = useState<Entry>(() => ({ code: takeFromAddress('code'), trouble: null }));
  const client = useQueryClient();
  const [, navigate] = useLocation();
  useEffect(keepRenewed, []);
  useEffect(() => {
    if (entry.code === null) return;
    void send<Session>('POST', '/sign-in', { code: entry.code }).then(
      (given) => {
        client.clear();
        signIn(given);
        const place = takePlace();
        if (place !== null) navigate(place, { replace: true });
        setEntry(INSIDE);
      },
      (trouble: unknown) => setEntry({ code: null, trouble }),
    );
  }, [entry.code, client, navigate]);
  const token = session?.token ?? null;
  const tenants = useQuery({
    queryKey: ['tenants', session === null ? null : 'signed in'],
    queryFn: ({ signal }) => get<{ tenants: TenantView[] }>('/tenants', signal),
    enabled: token !== null,
    refetchInterval: 10_000,
  });
  if (entry.code !== null) return <Nothing title="Signing in …" />;
  // In the place of the page, whose address stays: whoever signs in again is where they were.
  if (token === null) return <SignIn refusal={refusal} trouble={entry.trouble} onDone={() => setEntry(INSIDE)} />;
  return <Loaded query={tenants}>{({ tenants: list }) => <Pages tenants={list} />}</Loaded>;
}

/** A sign-in link that is being followed, and what went wrong with it. */
interface Entry {
  readonly code: string | null;
  readonly trouble: unknown;
}

const INSIDE: Entry = { code: null, trouble: null };

function Pages({ tenants }: { readonly tenants: readonly TenantView[] }) {
  const first = tenants[0]?.tenantId;
  if (first === undefined) {
    return (
      <Container py="lg">
        <Tenants />
      </Container>
    );
  }
  return (
    <Switch>
      <Route path="/t/:tenant/*?">
        {({ tenant }) => {
          const known = tenants.some(({ tenantId }) => tenantId === tenant);
          return (
            <Shell tenants={tenants}>
              {known ? <TenantPages /> : <Nothing title="There is no such tenant">Choose one above.</Nothing>}
            </Shell>
          );
        }}
      </Route>
      <Route>
        <Redirect to={`/t/${first}/overview`} replace />
      </Route>
    </Switch>
  );
}

function TenantPages() {
  return (
    <Switch>
      <Route path="/t/:tenant/overview" component={Overview} />
      <Route path="/t/:tenant/records" component={Records} />
      <Route path="/t/:tenant/records/:entity/:id" component={RecordPage} />
      <Route path="/t/:tenant/conflicts" component={Conflicts} />
      <Route path="/t/:tenant/failing" component={Failing} />
      <Route path="/t/:tenant/drift" component={Drift} />
      <Route path="/t/:tenant/plans" component={Plans} />
      <Route path="/t/:tenant/plans/:planId" component={PlanPage} />
      <Route path="/t/:tenant/settings" component={Settings} />
      <Route path="/t/:tenant/alignment" component={Alignment} />
      <Route path="/t/:tenant/managers" component={Managers} />
      <Route path="/t/:tenant/audit" component={Audit} />
      <Route path="/t/:tenant/tenants" component={Tenants} />
      <Route path="/t/:tenant/alerts" component={Alerts} />
      <Route path="/t/:tenant/fleet" component={Fleet} />
      <Route path="/t/:tenant">{({ tenant }) => <Redirect to={`/t/${tenant}/overview`} replace />}</Route>
      <Route>
        <Nothing title="There is no such page">Choose one from the menu.</Nothing>
      </Route>
    </Switch>
  );
}
