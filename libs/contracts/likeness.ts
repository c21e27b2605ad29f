/** When two contacts may be the same human being: one rule for whoever joins them and for whoever is about to make one. */

/** What contacts are told apart by. */
export interface Appearance {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** The same in plain form: trimmed and in small letters, which is how it is compared. */
export function plainAppearance({ email, firstName, lastName }: Appearance): Appearance {
  const plain = (text: string): string => text.trim().toLowerCase();
  return { email: plain(email), firstName: plain(firstName), lastName: plain(lastName) };
}

/** First and last name in one, of a plain appearance; empty for a contact without either. */
export function fullName({ firstName, lastName }: Appearance): string {
  return [firstName, lastName].filter((name) => name !== '').join(' ');
}

/** Whether two plain appearances have a name, and the same one. */
export function haveOneName(a: Appearance, b: Appearance): boolean {
  return fullName(a) !== '' && fullName(a) === fullName(b);
}

/**
 * Whether two plain appearances have an address, and the same one, and names that do not speak against it: the first or the last
 * is the same, or blank. People share mailboxes: info@ is nobody's name.
 */
export function shareOneMailbox(a: Appearance, b: Appearance): boolean {
  if (a.email === '' || a.email !== b.email) return false;
  const agree = (field: 'firstName' | 'lastName'): boolean =>
    a[field] === '' || b[field] === '' || a[field] === b[field];
  return agree('firstName') || agree('lastName');
}
