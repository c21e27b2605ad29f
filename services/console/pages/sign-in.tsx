/** The way in: an identity provider, a sign-in link, or a token. */
import { Alert, Button, Center, Divider, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { signInProvider } from '../lib/api.ts';
import { type Refusal, rememberPlace, signIn } from '../lib/session.ts';
import { Trouble } from '../parts/feedback.tsx';

/** What became of the last token. */
const REFUSALS: Readonly<Record<Exclude<Refusal, null>, string>> = {
  expired: 'Your session has ended. Sign in again to go on where you were.',
  unknown: 'This token is not known, or no longer.',
};

/** Asks to sign in, or for a token. `refusal` says why the last one is not taken any more, `trouble` what was wrong with a sign-in link. */
export function SignIn({
  refusal,
  trouble,
  onDone,
}: {
  readonly refusal: Refusal;
  readonly trouble: unknown;
  readonly onDone: () => void;
}) {
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const provider = useQuery({ queryKey: ['sign-in provider'], queryFn: signInProvider, staleTime: Infinity });
  const enter = (): void => {
    signIn({ token: token.trim(), expiresAt: null });
    client.clear();
    onDone();
  };
  // All at once, so that nothing moves under a finger.
  if (provider.isPending) return null;
  const name = provider.data ?? null;
  return (
    <Center component="main" mih="100vh" p="md">
      <title>Sign in · Two-way sync</title>
      <Paper withBorder p="xl" w={420} maw="100%">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            enter();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              Two-way sync
            </Title>
            {refusal === 'expired' ? (
              <Alert color="yellow" variant="light" title={REFUSALS.expired} role="alert" />
            ) : null}
            {trouble === null ? null : <Trouble error={trouble} />}
            {name === null ? null : (
              <>
                <Button component="a" href="/sign-in/start" onClick={rememberPlace}>
                  Sign in with {name}
                </Button>
                <Divider label="or" />
              </>
            )}
            <Text size="sm">
              Open a sign-in link (the system prints one when it starts; <code>npx twoway sign-in</code> makes another),
              or enter a token.
            </Text>
            <PasswordInput
              label="Token"
              autoComplete="current-password"
              required
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              error={refusal === 'unknown' ? REFUSALS.unknown : null}
            />
            <Button type="submit" variant={name === null ? 'filled' : 'default'} disabled={token.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
