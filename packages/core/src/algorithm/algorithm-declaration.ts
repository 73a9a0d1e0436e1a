/**
 * What a property holds.
 * - `text` · `flag` yes or no · `integer` a whole number · `job-id` a scheduler's id, an opaque text (a number is taken too)
 * - `file` path of a file on this machine · `directory` path of a directory on this machine · `text-list` several texts
 */
export type PropertyType = "text" | "flag" | "integer" | "job-id" | "file" | "directory" | "text-list";

/** What a value must satisfy, as data, so that a dialog can check and explain it too. */
export type PropertyValidator =
  | { readonly kind: "none" }
  /** Not empty. */
  | { readonly kind: "mandatory" }
  | { readonly kind: "one-of"; readonly values: readonly string[] }
  /** A whole number, this one or above. */
  | { readonly kind: "at-least"; readonly minimum: number }
  /** If given, a file that can be read. */
  | { readonly kind: "file-exists" }
  /** If given, a directory. */
  | { readonly kind: "directory-exists" };

/** One declared input or output of an algorithm. */
export interface AlgorithmProperty {
  readonly name: string;
  readonly direction: "input" | "output";
  readonly type: PropertyType;
  readonly default: string | boolean | number | readonly string[];
  readonly validator: PropertyValidator;
  /** Actions whose dialog shows it; absent = always shown. Scripts may give any property with any action. */
  readonly visibleWhen?: readonly string[];
  /** A secret: dialogs show dots, nothing logs it. */
  readonly masked?: boolean;
  readonly documentation: string;
}

/** One thing that an algorithm can do, and which properties take part in it. */
export interface AlgorithmAction {
  readonly documentation: string;
  /** Inputs without which it fails. */
  readonly needs: readonly string[];
  /** Further inputs that it reads. */
  readonly takes: readonly string[];
  readonly gives: readonly string[];
}

/**
 * An algorithm as data: everything a dialog, a command line or a web page must know to ask for its inputs, check
 * them and show its outputs. `defineAlgorithm` joins it with the code that does the work.
 *
 * An algorithm that does one thing has no more than this: it needs its inputs that are `mandatory`, takes the others
 * and gives all its outputs.
 */
export interface PlainAlgorithmDeclaration {
  readonly name: string;
  readonly version: number;
  readonly category: string;
  readonly documentation: string;
  readonly properties: readonly AlgorithmProperty[];
}

/** An algorithm that does several things; its property `Action` says which. */
export interface AlgorithmDeclaration extends PlainAlgorithmDeclaration {
  /** The values of the property `Action`, in order. */
  readonly actions: Readonly<Record<string, AlgorithmAction>>;
  /** The action of a call that names none. */
  readonly defaultAction: string;
  /** Further words for actions. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** What a property's value is like inside an algorithm and in its outputs. */
export interface PropertyValues {
  readonly text: string;
  readonly flag: boolean;
  readonly integer: number;
  readonly "job-id": string;
  readonly file: string;
  readonly directory: string;
  readonly "text-list": readonly string[];
}

/** What a caller may give for it. */
interface AcceptedValues extends Omit<PropertyValues, "job-id"> {
  readonly "job-id": string | number;
}

export type PropertyValue = PropertyValues[PropertyType];

type PropertyOf<D extends PlainAlgorithmDeclaration> = D["properties"][number];
type Named<D extends PlainAlgorithmDeclaration, Name> = Extract<PropertyOf<D>, { readonly name: Name }>;
type InputName<D extends PlainAlgorithmDeclaration> = Extract<
  PropertyOf<D>,
  { readonly direction: "input" }
>["name"];
type MandatoryName<D extends PlainAlgorithmDeclaration> = Extract<
  PropertyOf<D>,
  { readonly direction: "input"; readonly validator: { readonly kind: "mandatory" } }
>["name"];
type OutputName<D extends PlainAlgorithmDeclaration> = Extract<
  PropertyOf<D>,
  { readonly direction: "output" }
>["name"];

/** The action words that a call may use: the actions and their aliases. */
export type ActionWord<D extends AlgorithmDeclaration> =
  | (keyof D["actions"] & string)
  | (keyof D["aliases"] & string);

/** The action that a word stands for. */
export type ActionOf<D extends AlgorithmDeclaration, Word> = Word extends keyof D["aliases"]
  ? D["aliases"][Word]
  : Word;

type Action<D extends AlgorithmDeclaration, Name> = Name extends keyof D["actions"]
  ? D["actions"][Name]
  : never;
type Accepted<D extends PlainAlgorithmDeclaration, Name> = AcceptedValues[Named<D, Name>["type"]];

/** The inputs of a call with the given action word. */
export type CallInputs<D extends AlgorithmDeclaration, Word> = {
  readonly [Name in Action<D, ActionOf<D, Word>>["needs"][number]]: Accepted<D, Name>;
} & {
  readonly [Name in Action<D, ActionOf<D, Word>>["takes"][number]]?: Accepted<D, Name>;
};

/** The outputs of a call with the given action word. */
export type CallOutputs<D extends AlgorithmDeclaration, Word> = {
  readonly [Name in Action<D, ActionOf<D, Word>>["gives"][number]]: PropertyValues[Named<D, Name>["type"]];
};

/** The inputs of a call of an algorithm without actions. */
export type PlainInputs<D extends PlainAlgorithmDeclaration> = {
  readonly [Name in MandatoryName<D>]: Accepted<D, Name>;
} & {
  readonly [Name in Exclude<InputName<D>, MandatoryName<D>>]?: Accepted<D, Name>;
};

/** The outputs of an algorithm without actions. */
export type PlainOutputs<D extends PlainAlgorithmDeclaration> = {
  readonly [Name in OutputName<D>]: PropertyValues[Named<D, Name>["type"]];
};

/** All inputs of an algorithm, defaults filled in: what its code works on. */
export type AllInputs<D extends PlainAlgorithmDeclaration> = {
  readonly [Name in Exclude<InputName<D>, "Action">]: PropertyValues[Named<D, Name>["type"]];
};
