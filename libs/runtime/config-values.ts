/** Kinds of values that environment variables hold, for the pieces of a configuration. Messages say what to write. */
import { z } from 'zod';
import { Secret } from './secret.ts';

/** A whole number within bounds, both included. Give the default with `.default(…)` on the result, as a number. */
export function envInt(bounds: { min: number; max: number; unit?: string }) {
  const unit = bounds.unit === undefined ? '' : ` (${bounds.unit})`;
  const message = `Give a whole number from ${bounds.min} to ${bounds.max}${unit}.`;
  return z
    .union([z.number(), z.string({ error: message }).regex(/^-?\d{1,15}$/, message)], { error: message })
    .transform(Number)
    .pipe(z.number().min(bounds.min, message).max(bounds.max, message));
}

/** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`. */
export function envBoolean() {
  const message = 'Give true or false.';
  return z
    .union([z.boolean(), z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'])], { error: message })
    .transform((value) => value === true || (typeof value === 'string' && ['true', '1', 'yes', 'on'].includes(value)));
}

/** A text that must not be shown. */
export function envSecret() {
  return z.string({ error: 'Give the secret.' }).transform((value) => new Secret(value));
}

/** An http or https URL without user and password; trailing slashes are taken off. */
export function envHttpUrl(example: string) {
  const message = `Give a URL such as ${example}.`;
  return z.string({ error: message }).transform((text, context) => {
    const url = URL.parse(text);
    if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    if (url.username !== '' || url.password !== '') {
      context.addIssue({ code: 'custom', message: 'Give user and password in their own variables, not in the URL.' });
      return z.NEVER;
    }
    return url.href.replace(/\/+$/, '');
  });
}

const HOST_AND_PORT = /^(?:\[[0-9a-f:]+\]|[^\s:/@]+):(\d{1,5})$/i;

/** Is this `broker-1:9092`, or `[::1]:9092`? */
export function isHostAndPort(text: string): boolean {
  const port = Number(HOST_AND_PORT.exec(text)?.[1] ?? 0);
  return port >= 1 && port <= 65_535;
}
