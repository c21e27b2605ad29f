/** What is not written at the moment, by whom, since when and why; and how to pause it and let it go on. */
import { Alert, Button, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ALL, meaningOf, type Pause, usePauseOrder, WRITING, written } from '../lib/pauses.ts';
import { Allowed } from './allowed.tsx';
import { Ask } from './ask.tsx';
import { TimeAgo } from './time-ago.tsx';

/** Longest reason that the API takes, characters. */
const REASON_MAX = 200;

/** Each pause, with the button that ends it. */
export function Pauses({ pauses }: { readonly pauses: readonly Pause[] }) {
  const [ending, setEnding] = useState<string | null>(null);
  return (
    <>
      {pauses.map(({ what, since, sentence, action }) => (
        <Alert key={what} color="yellow" variant="light" title={`Writing ${written(what)} is paused`}>
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              {sentence}{' '}
              {since === null ? null : (
                <>
                  That was <TimeAgo at={since} />.{' '}
                </>
              )}
              {action}
            </Text>
            <Allowed actions={['resume']}>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Resume writing ${written(what)}`}
                onClick={() => setEnding(what)}
              >
                Resume
              </Button>
            </Allowed>
          </Stack>
        </Alert>
      ))}
      {ending === null ? null : <Resume what={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

/** The button that pauses something; what is paused already is not offered. */
export function PauseButton({ pauses }: { readonly pauses: readonly Pause[] }) {
  const [asked, setAsked] = useState(false);
  const paused = new Set(pauses.map(({ what }) => what));
  const left: string[] = WRITING.filter((what) => !paused.has(what));
  if (!paused.has('crm') && !paused.has('unleashed')) left.push(ALL);
  return (
    <>
      {left.length === 0 ? null : (
        <Allowed actions={['pause']}>
          <Button variant="default" onClick={() => setAsked(true)}>
            Pause writing
          </Button>
        </Allowed>
      )}
      {asked ? <PauseSomething choices={left} onClose={() => setAsked(false)} /> : null}
    </>
  );
}

interface PauseProps {
  readonly choices: readonly string[];
  readonly onClose: () => void;
}

function PauseSomething({ choices: now, onClose }: PauseProps) {
  // As they were when it was asked: nothing is chosen anew by itself.
  const [choices] = useState(now);
  const [what, setWhat] = useState(choices.includes(ALL) ? ALL : (choices[0] ?? ALL));
  const [reason, setReason] = useState('');
  const order = usePauseOrder();
  return (
    <Ask
      title="Pause writing"
      error={order.error}
      onClose={onClose}
      confirm={
        <Button
          loading={order.isPending}
          onClick={() => order.mutate({ kind: 'pause', what, reason: reason.trim() }, { onSuccess: onClose })}
        >
          Pause
        </Button>
      }
    >
      <NativeSelect
        label="What is paused"
        data={choices.map((value) => ({ value, label: `Writing ${written(value)}` }))}
        value={what}
        onChange={(event) => setWhat(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label="Reason"
        description="May be left out. It is shown on the overview and in the audit."
        value={reason}
        maxLength={REASON_MAX}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Text>{meaningOf(what)}</Text>
    </Ask>
  );
}

function Resume({ what, onClose }: { readonly what: string; readonly onClose: () => void }) {
  const order = usePauseOrder();
  return (
    <Ask
      title={`Resume writing ${written(what)}`}
      error={order.error}
      onClose={onClose}
      confirm={
        <Button
          loading={order.isPending}
          onClick={() => order.mutate({ kind: 'resume', what, reason: '' }, { onSuccess: onClose })}
          data-autofocus
        >
          Resume
        </Button>
      }
    >
      <Text>What was edited meanwhile flows now.</Text>
    </Ask>
  );
}
