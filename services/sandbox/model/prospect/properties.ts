/** Building blocks of the entity set definitions. */

/** One property. */
export type Property = {
  readonly type: 'string' | 'int' | 'decimal' | 'bool' | 'date';
  /** Longest text in characters (SqlWidth). */
  readonly width?: number;
  /** Written by the server alone; ignored in POST and PATCH (fact P2.12). */
  readonly computed?: true;
  /** POST without it is refused with 400. */
  readonly required?: true;
  /** Dropped by POST when the switch `postDrops` is at this or a stronger setting (fact P2.12). */
  readonly dropped?: 'some' | 'markers';
  /** Value when POST does not give one; null when absent. */
  readonly initial?: string | number | boolean;
};

/** A text of at most `width` characters. */
export const text = (width: number, more: Omit<Property, 'type' | 'width'> = {}): Property => ({
  type: 'string',
  width,
  ...more,
});
/** A int property. */
export const int = (more: Omit<Property, 'type'> = {}): Property => ({ type: 'int', ...more });
/** A bool property. */
export const bool = (more: Omit<Property, 'type'> = {}): Property => ({ type: 'bool', ...more });
/** A decimal property. */
export const decimal = (more: Omit<Property, 'type'> = {}): Property => ({ type: 'decimal', ...more });
/** A date property. */
export const date = (more: Omit<Property, 'type'> = {}): Property => ({ type: 'date', ...more });
/** Written by the server alone. */
export const computed = { computed: true } as const;
/** Time stamps and users of a record. */
export const stamps = {
  Created: date(computed),
  CreatedByUserId: text(3, computed),
  LastUpdated: date(computed),
  LastUpdatedByUserId: text(3, computed),
  LastUpdatedTimestamp: date(computed),
};
/** Deep link of a record (fact P1.10). */
export const recordLink = { RecordLink: text(500, computed) };
/** Five lines (section 3, Address). */
export const addressLines = {
  AddressLine1: text(100),
  AddressLine2: text(100),
  AddressLine3: text(100),
  AddressLine4: text(100),
  AddressLine5: text(100),
};
/** Custom fields of the 1:1 Xtra tables. */
export const xtra = {
  Text1: text(250),
  Text2: text(250),
  Text3: text(250),
  Date1: date(),
  Number1: decimal(),
  Flag1: bool(),
  LastUpdatedTimestamp: date(computed),
};
