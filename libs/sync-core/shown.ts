/** What a link says of its sides, with one answer for what is not there. */
import type { Setting, Side } from '#contracts';
import type { FieldState, LinkState } from './link-state.ts';

/** What a side shows in a field; blank when it was never seen. */
export function shownAt(state: FieldState, side: Side): string {
  return state[side] ?? '';
}

/** Id of a side's record; blank when the link has none there. */
export function idAt(link: LinkState, side: Side): string {
  return link[side]?.id ?? '';
}

/** Id of the record that a side's record belongs to; blank when there is none. */
export function parentAt(link: LinkState, side: Side): string {
  return link[side]?.parentId ?? '';
}

/** Version of the settings; 0 for a tenant without. */
export function versionOf(setting: Setting | null): number {
  return setting?.version ?? 0;
}
