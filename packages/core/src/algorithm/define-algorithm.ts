import { AbortedError } from "../errors/index.js";
import type { TransferProgress } from "../model/index.js";
import type {
  ActionWord,
  AlgorithmDeclaration,
  AllInputs,
  CallInputs,
  CallOutputs,
  PlainAlgorithmDeclaration,
  PlainInputs,
  PlainOutputs,
  PropertyValue,
} from "./algorithm-declaration.js";
import { readAction, readInputs, readPlainInputs } from "./read-inputs.js";

export interface AlgorithmCallOptions {
  /** Ends the call with `ABORTED`; what the cluster has begun by then goes on there. */
  readonly signal?: AbortSignal;
  /** Bytes of the file on its way, for actions that send or fetch files. */
  readonly onProgress?: (progress: TransferProgress & { readonly file: string }) => void;
  /** Sentences for the user about what was done, one at a time. */
  readonly onNotice?: (sentence: string) => void;
}

/** What the code of an action gets beside its inputs. */
export interface ActionContext<Name extends string = string> extends AlgorithmCallOptions {
  /** Inputs that the caller gave; the others have their defaults. */
  readonly given: ReadonlySet<Name>;
  notice(sentence: string): void;
}

/** The code of an algorithm without actions. */
export type PlainRunner<D extends PlainAlgorithmDeclaration> = (
  inputs: AllInputs<D>,
  context: ActionContext<keyof AllInputs<D> & string>,
) => Promise<PlainOutputs<D>>;

/** The code behind a declaration, one function for each action. */
export type ActionRunners<D extends AlgorithmDeclaration> = {
  readonly [Name in keyof D["actions"] & string]: (
    inputs: AllInputs<D>,
    context: ActionContext<keyof AllInputs<D> & string>,
  ) => Promise<CallOutputs<D, Name>>;
};

/** What an algorithm tells about itself, and the call for inputs that are known only at run time. */
interface DescribedAlgorithm<D extends PlainAlgorithmDeclaration> {
  /** The same for inputs that are known only at run time: a command line, a web form, another language. Texts are converted. */
  execute(
    inputs: Readonly<Record<string, unknown>>,
    options?: AlgorithmCallOptions,
  ): Promise<Readonly<Record<string, PropertyValue>>>;
  readonly algorithmName: D["name"];
  readonly version: number;
  readonly category: string;
  readonly documentation: string;
  readonly properties: D["properties"];
}

interface DescribedActions<D extends AlgorithmDeclaration> {
  readonly actions: D["actions"];
  readonly defaultAction: D["defaultAction"];
  readonly aliases: D["aliases"];
  /** The action that a word stands for. @throws {ValueError} `PROPERTY_INVALID`, with the allowed words. */
  resolveAction(word: string): string;
  /** Whether a dialog shows a property while the action has this value. */
  isVisible(propertyName: string, actionWord: string): boolean;
}

/**
 * An algorithm: call it as a function, or look at what it declares. The inputs and outputs of a call follow its
 * `Action`; an editor offers the right ones. At run time names of properties match without regard to case.
 */
export interface Algorithm<D extends AlgorithmDeclaration>
  extends DescribedAlgorithm<D>, DescribedActions<D> {
  <const Word extends ActionWord<D> = D["defaultAction"] & ActionWord<D>>(
    inputs: { readonly Action?: Word } & CallInputs<D, Word>,
    options?: AlgorithmCallOptions,
  ): Promise<CallOutputs<D, Word>>;
}

/** An algorithm that does one thing, otherwise like `Algorithm`. */
export interface PlainAlgorithm<D extends PlainAlgorithmDeclaration> extends DescribedAlgorithm<D> {
  (inputs: PlainInputs<D>, options?: AlgorithmCallOptions): Promise<PlainOutputs<D>>;
  readonly actions?: never;
}

/** Any algorithm, as a dialog or a command line sees it; `actions` tells the two kinds apart. */
export type AnyAlgorithm =
  | (DescribedAlgorithm<AlgorithmDeclaration> & DescribedActions<AlgorithmDeclaration>)
  | (DescribedAlgorithm<PlainAlgorithmDeclaration> & { readonly actions?: never });

/** Joins a declaration with its code: one function for each action, or one function. */
export function defineAlgorithm<const D extends AlgorithmDeclaration>(
  declaration: D,
  runners: ActionRunners<D>,
): Algorithm<D>;
export function defineAlgorithm<const D extends PlainAlgorithmDeclaration>(
  declaration: D,
  runner: PlainRunner<D>,
): PlainAlgorithm<D>;
export function defineAlgorithm(
  declaration: AlgorithmDeclaration | PlainAlgorithmDeclaration,
  code: unknown,
): unknown {
  const read = "actions" in declaration ? readCall(declaration, code) : readPlainCall(declaration, code);
  const execute = async (
    inputs: Readonly<Record<string, unknown>>,
    options: AlgorithmCallOptions = {},
  ): Promise<Readonly<Record<string, PropertyValue>>> => {
    const { what, run, values, given } = read(inputs);
    if (options.signal?.aborted === true)
      throw new AbortedError("ABORTED", `${what} was stopped before it began.`, {
        cause: options.signal.reason,
      });
    return run(values, { ...options, given, notice: (sentence: string) => options.onNotice?.(sentence) });
  };
  const described: DescribedAlgorithm<PlainAlgorithmDeclaration> = {
    execute,
    algorithmName: declaration.name,
    version: declaration.version,
    category: declaration.category,
    documentation: declaration.documentation,
    properties: declaration.properties,
  };
  return Object.assign(
    (inputs: Readonly<Record<string, unknown>>, options?: AlgorithmCallOptions) => execute(inputs, options),
    described,
    "actions" in declaration ? describeActions(declaration) : {},
  );
}

function describeActions(declaration: AlgorithmDeclaration): DescribedActions<AlgorithmDeclaration> {
  return {
    actions: declaration.actions,
    defaultAction: declaration.defaultAction,
    aliases: declaration.aliases,
    resolveAction: (word) => readAction(declaration, word),
    isVisible: (propertyName, actionWord) => {
      const property = declaration.properties.find(({ name }) => name === propertyName);
      const action = readAction(declaration, actionWord);
      return property !== undefined && (property.visibleWhen?.includes(action) ?? true);
    },
  };
}

/** A call whose inputs have been checked. */
interface ReadCall {
  /** The action, or the algorithm: for messages. */
  readonly what: string;
  readonly run: Runner;
  readonly values: Readonly<Record<string, PropertyValue>>;
  readonly given: ReadonlySet<string>;
}

type Inputs = Readonly<Record<string, unknown>>;

function readCall(declaration: AlgorithmDeclaration, code: unknown): (inputs: Inputs) => ReadCall {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the first overload demands exactly these
  const runners = code as Readonly<Record<string, Runner>>;
  return (inputs) => {
    const { action, ...read } = readInputs(declaration, inputs);
    const run = runners[action];
    if (run === undefined) throw new Error(`Action ${action} of ${declaration.name} has no code.`);
    return { what: action, run, ...read };
  };
}

function readPlainCall(declaration: PlainAlgorithmDeclaration, code: unknown): (inputs: Inputs) => ReadCall {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the second overload demands exactly this
  const run = code as Runner;
  return (inputs) => ({ what: declaration.name, run, ...readPlainInputs(declaration, inputs) });
}

/** The code as it is called: `readInputs` gives every declared input its declared type, runners return what is declared. */
type Runner = (
  inputs: Readonly<Record<string, PropertyValue>>,
  context: ActionContext,
) => Promise<Readonly<Record<string, PropertyValue>>>;
