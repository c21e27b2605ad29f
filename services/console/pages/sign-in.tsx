/** The way in: a sign-in link, or a token. */
import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { signIn } from '../lib/session.ts';

/** Asks for a token. `refused` says that the last one was not taken. */
export function SignIn({ refused, onDone }: { readonly refused: boolean; readonly onDone: () => void }) {
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const enter = (): void => {
    signIn(token.trim());
    client.clear();
    onDone();
  };
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
            <Text size="sm">Open the sign-in link that was printed when the system started, or enter a token.</Text>
            <PasswordInput
              label="Token"
              autoComplete="current-password"
              required
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              error={refused ? 'This token is not known, or no longer.' : null}
            />
            <Button type="submit" disabled={token.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
