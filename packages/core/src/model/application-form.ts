/**
 * What a field of a form takes.
 * - `text` any text · `integer`, `number` with `min` and `max` · `choice` one of `choices` · `flag` yes or no
 * - `path` a path on the cluster · `file` a path on the cluster or a file that travels with the submit
 * - `program` like `file`, and options may follow the path (`/work/x.py --tool astra`), as SCARF's forms allowed
 * - `arguments` a piece of command line as the user typed it: the only type that a shell reads as it stands
 */
export const fieldTypes = [
  "text",
  "integer",
  "number",
  "choice",
  "flag",
  "path",
  "file",
  "program",
  "arguments",
] as const;
/** What kind of value a field holds; decides how it is checked and quoted. */
export type FieldType = (typeof fieldTypes)[number];

/** Holds if another field has one of these values; without `is`, if it has any (a flag: if it is yes). */
export interface FieldCondition {
  readonly field: string;
  readonly is?: readonly string[];
}

/** One field of an application's form, for whoever shows it: a dialog, a web page, PAC's `appParams`. */
export interface FormField {
  readonly id: string;
  readonly label: string;
  readonly type: FieldType;
  readonly documentation: string;
  /** Empty = none. */
  readonly defaultValue: string;
  /** With conditions: only while they hold. */
  readonly mandatory: boolean;
  /** Accepted, but not worth a place in a dialog. */
  readonly hidden: boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** A regular expression that the whole value must match; `expects` says the same in words. */
  readonly pattern?: string;
  readonly expects?: string;
  /** Takes several files. */
  readonly several: boolean;
  /** The field applies only while all of these hold. */
  readonly when?: readonly FieldCondition[];
}

/** What a person fills in to run an application: its fields, in their order. */
export interface ApplicationForm {
  readonly application: string;
  readonly label: string;
  readonly documentation: string;
  readonly fields: readonly FormField[];
  /** False: a service told only names, labels and defaults, and may take fields that it did not tell. */
  readonly complete: boolean;
}
