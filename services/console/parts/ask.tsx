/** A question before something is ordered: what it means, and two ways out. */
import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Trouble } from './feedback.tsx';

interface Props {
  readonly title: string;
  /** What it means. */
  readonly children: ReactNode;
  /** What went wrong with the order; null while nothing did. */
  readonly error: unknown;
  /** The button that orders it. */
  readonly confirm: ReactNode;
  readonly onClose: () => void;
}

/** The question, as a dialog. */
export function Ask({ title, children, error, confirm, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        {children}
        {error === null ? null : <Trouble error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {confirm}
        </Group>
      </Stack>
    </Modal>
  );
}
