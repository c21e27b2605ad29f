/**
 * What is typed into an open form and has not been saved, and what changed in the record meanwhile. Typed values are
 * never overwritten: a change underneath is noted beside the field, and the person decides.
 */
import { fieldsOf } from './catalog.js';
import { textOf, valueAt } from './words.js';

/** @typedef {import('./catalog.js').Field} Field @typedef {import('./catalog.js').Collection} Collection */

/** The form of a value in which an input holds it. @param {Field} field @param {unknown} value @returns {unknown} */
function asInput(field, value) {
  if (field.type === 'bool') return value === true;
  if (field.type === 'addresses') return Array.isArray(value) ? value : [];
  return textOf(value);
}

/** @param {unknown} a @param {unknown} b */
const isSame = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

export class Draft {
  /**
   * @param {Collection} collection
   * @param {Readonly<Record<string, unknown>>} record the record as it was read; for a new one what is known already
   * @param {boolean} isNew
   */
  constructor(collection, record, isNew) {
    this.fields = fieldsOf(collection).filter((field) => isNew || !field.onlyNew);
    this.record = record;
    this.isNew = isNew;
    /** Typed values by path. @type {Map<string, unknown>} */
    this.typed = new Map();
    /** Fields that changed underneath, by path, and what changed them. @type {Map<string, import('./feed.js').Change>} */
    this.under = new Map();
  }

  get isDirty() {
    return this.typed.size > 0;
  }

  /** The value that the record holds. @param {Field} field @returns {unknown} */
  stored(field) {
    return asInput(field, valueAt(this.record, field.path));
  }

  /** The value that the form shows. @param {Field} field @returns {unknown} */
  shown(field) {
    return this.typed.has(field.path) ? this.typed.get(field.path) : this.stored(field);
  }

  /** Is the typed value of a field at odds with one that came in underneath? @param {Field} field @returns {boolean} */
  isContested(field) {
    return this.typed.has(field.path) && this.under.has(field.path);
  }

  /** @param {Field} field @param {unknown} value */
  type(field, value) {
    if (isSame(value, this.stored(field))) this.typed.delete(field.path);
    else this.typed.set(field.path, value);
  }

  /** Gives up what was typed into a field, for what the record holds. @param {Field} field */
  giveUp(field) {
    this.typed.delete(field.path);
  }

  /**
   * Takes the record as it is now.
   * @param {Readonly<Record<string, unknown>>} record
   * @param {import('./feed.js').Change} change what brought the news
   * @returns {Field[]} the fields that changed underneath
   */
  take(record, change) {
    const before = new Map(this.fields.map((field) => [field, this.stored(field)]));
    this.record = record;
    const changed = this.fields.filter((field) => !isSame(before.get(field), this.stored(field)));
    for (const field of changed) {
      this.under.set(field.path, change);
      if (isSame(this.typed.get(field.path), this.stored(field))) this.typed.delete(field.path);
    }
    return changed;
  }

  /** What is to be sent: the typed fields alone, blanks as null. @returns {Record<string, unknown>} */
  toBody() {
    /** @type {Record<string, unknown>} */
    const body = {};
    for (const field of this.fields) {
      const isGiven = this.typed.has(field.path) || (this.isNew && valueAt(this.record, field.path) !== null);
      if (!isGiven) continue;
      const shown = this.shown(field);
      const value = shown === '' ? null : field.number && shown !== null ? Number(shown) : shown;
      if (field.toFields) Object.assign(body, field.toFields(value));
      else put(body, field.path, value);
    }
    return body;
  }

  /**
   * After saving: what was sent is no longer typed; what was typed while it was under way stays.
   * @param {Readonly<Record<string, unknown>>} record the record as it is now
   * @param {ReadonlyMap<string, unknown>} sent typed values at the time of sending
   */
  saved(record, sent) {
    this.record = record;
    this.under.clear();
    for (const [path, value] of sent) if (isSame(this.typed.get(path), value)) this.typed.delete(path);
  }
}

/** Sets a value inside an object by its path. @param {Record<string, any>} body @param {string} path @param {unknown} value */
function put(body, path, value) {
  const parts = path.split('.');
  const name = /** @type {string} */ (parts.pop());
  let inner = body;
  for (const part of parts) inner = inner[part] ??= {};
  inner[name] = value;
}
