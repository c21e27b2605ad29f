/** The panel on a CRM's contact page: 'Sync to Unleashed', or the state under 'Created'. A page of its own, and nothing else. */
import './panel.css';
import { QueryClient, QueryClientProvider, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError, get, send } from './lib/api.ts';
import { keepRenewed } from './lib/renewal.ts';
import { signInForThisPage, takeFromAddress, useSession } from './lib/session.ts';
import type { PanelAnswer } from './lib/types.ts';

/** How often the panel asks again while it is looked at, milliseconds. */
const REFRESH_MS = 3_000;

const [, , , tenantId = '', contactId = ''] = location.pathname.split('/');
const path = `/tenants/${tenantId}/panel/${contactId}`;

function Panel() {
  const { session } = useSession();
  const client = useQueryClient();
  useEffect(keepRenewed, []);
  const panel = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => get<PanelAnswer>(path, signal),
    enabled: session !== null,
    refetchInterval: REFRESH_MS,
  });
  const press = useMutation({
    mutationFn: () => send('POST', `${path}/sync`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: [path] }),
  });
  if (session === null) return <Line title="This panel has ended" text="Load the page again to go on." />;
  const error = press.error ?? panel.error;
  const trouble = error === null ? '' : sentenceOf(error);
  if (panel.data === undefined)
    return <Line title="Unleashed" text={trouble || 'Loading …'} trouble={trouble !== ''} />;
  const { state, sentence, action, sync } = panel.data;
  const created = state === 'created';
  return (
    <section className="panel" aria-label={created ? 'Created' : 'Sync to Unleashed'}>
      <div>
        <p>
          <strong>{created ? 'Created' : 'Not in Unleashed'}</strong>
        </p>
        <p className={trouble === '' ? 'quiet' : 'trouble'} role="status">
          {trouble || (state === 'enabled' ? WAITS : wordsOf(created && sync !== null ? sync : { sentence, action }))}
        </p>
      </div>
      {created ? (
        <span className="created">In Unleashed</span>
      ) : (
        <button type="button" disabled={state !== 'enabled' || press.isPending} onClick={() => press.mutate()}>
          {state === 'creating' || press.isPending ? 'Creating …' : 'Sync to Unleashed'}
        </button>
      )}
    </section>
  );
}

/** What is said while nothing is in the way. */
const WAITS = 'It is made there when the button is pressed.';

function Line({
  title,
  text,
  trouble = false,
}: {
  readonly title: string;
  readonly text: string;
  readonly trouble?: boolean;
}) {
  return (
    <section className="panel" aria-label={title}>
      <div>
        <p>
          <strong>{title}</strong>
        </p>
        <p className={trouble ? 'trouble' : 'quiet'} role="status">
          {text}
        </p>
      </div>
    </section>
  );
}

function wordsOf({ sentence, action }: { readonly sentence: string; readonly action: string }): string {
  return action === '' ? sentence : `${sentence} ${action}`;
}

function sentenceOf(error: Error): string {
  return error instanceof ApiError ? wordsOf({ sentence: error.message, action: error.hint }) : error.message;
}

const token = takeFromAddress('token');
// When it ends is not known yet; the first renewal tells.
if (token !== null) signInForThisPage({ token, expiresAt: new Date().toISOString() });
const shouldRetry = (count: number, error: Error): boolean =>
  count < 2 && !(error instanceof ApiError && error.status < 500);
createRoot(document.getElementById('root')!).render(
  <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: shouldRetry } } })}>
    <Panel />
  </QueryClientProvider>,
);
