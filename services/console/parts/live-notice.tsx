/** Says when what is shown may be behind, as long as it may. */
import { Alert } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useLive } from '../lib/live.ts';

/** A connection that comes back within this time is nobody's business, milliseconds. */
const QUIET_MS = 2_500;

/** Above the page; nothing while the connection stands. */
export function LiveNotice() {
  const { lostSinceMs } = useLive();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (lostSinceMs === null) return setShown(false);
    const timer = setTimeout(() => setShown(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [lostSinceMs]);
  if (!shown || lostSinceMs === null) return null;
  return (
    <Alert color="yellow" variant="light" mb="md" role="alert" title="The connection to the server is lost">
      What you see is as of {new Date(lostSinceMs).toLocaleTimeString()}. Nothing is lost; the page goes on by itself.
    </Alert>
  );
}
