/** Controls that only some roles may use. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { get } from '../lib/api.ts';
import type { MeAnswer } from '../lib/types.ts';

/** Who is signed in, and what that role may do. The API refuses the rest in any case. */
function useMe() {
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => get<MeAnswer>('/me', signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Everything inside can be used by those only who may order one of `actions`; for others it is shown and does nothing. */
export function Allowed({ actions, children }: { readonly actions: readonly string[]; readonly children: ReactNode }) {
  const { data } = useMe();
  const allowed = data === undefined || actions.some((action) => data.may.includes(action));
  return (
    <fieldset
      disabled={!allowed}
      data-actions={actions.join(' ')}
      title={allowed ? undefined : `Your role, ${data.role}, may not do this.`}
      style={{ display: 'contents' }}
    >
      {children}
    </fieldset>
  );
}

/** Name and role of who is signed in. */
export function Me() {
  const { data } = useMe();
  return data === undefined ? null : `${data.subject} (${data.role})`;
}
