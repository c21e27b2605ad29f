/** A moment, as the distance from now; the full time is in the tooltip. */
import { useSyncExternalStore } from 'react';
import { timeAgo } from '../lib/words.ts';

const STEP_MS = 5_000;

/** One clock for all moments of a page. */
function everyStep(changed: () => void): () => void {
  const timer = setInterval(changed, STEP_MS);
  return () => clearInterval(timer);
}

/** Shows how long ago a moment of ISO 8601 was. */
export function TimeAgo({ at }: { readonly at: string }) {
  const nowMs = useSyncExternalStore(everyStep, () => Math.floor(Date.now() / STEP_MS) * STEP_MS);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} style={{ whiteSpace: 'nowrap' }}>
      {timeAgo(at, Math.max(nowMs, Date.parse(at)))}
    </time>
  );
}
