/** What users of the CRM and sales people are called, by their ids. */
import { type Link, SIDES } from '#contracts';

/** Somebody with a name. */
export interface NamedPerson {
  readonly id: string;
  readonly name: string;
}

/** Those of `people` with one of `ids`, as the side of the id calls them; who has no name there is left out. */
export function namesOf(people: readonly Link[], ids: ReadonlySet<string>): NamedPerson[] {
  return people.flatMap((person) =>
    SIDES.flatMap((side) => {
      const id = person[side]?.id;
      const name = person.fields.find(({ field }) => field === 'name')?.[side] ?? '';
      return id === undefined || name === '' || !ids.has(id) ? [] : [{ id, name }];
    }),
  );
}
