import { AbortedError } from "../errors/index.js";
import type { TransferProgress } from "../model/index.js";
import type {
  ActionWord,
  AlgorithmDeclaration,
  AllInputs,
  CallInputs,
  CallOutputs,
  PropertyValue,
} from "./algorithm-declaration.js";
import { readAction, readInputs } from "./read-inputs.js";

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

/** The code behind a declaration, one function for each action. */
export type ActionRunners<D extends AlgorithmDeclaration> = {
  readonly [Name in keyof D["actions"] & string]: (
    inputs: AllInputs<D>,
    context: ActionContext<keyof AllInputs<D> & string>,
  ) => Promise<CallOutputs<D, Name>>;
};

/**
 * An algorithm: call it as a function, or look at what it declares. The inputs and outputs of a call follow its
 * `Action`; an editor offers the right ones. At run time names of properties match without regard to case.
 */
export interface Algorithm<D extends AlgorithmDeclaration> {
  <const Word extends ActionWord<D> = D["defaultAction"] & ActionWord<D>>(
    inputs: { readonly Action?: Word } & CallInputs<D, Word>,
    options?: AlgorithmCallOptions,
  ): Promise<CallOutputs<D, Word>>;
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
  readonly actions: D["actions"];
  readonly defaultAction: D["defaultAction"];
  readonly aliases: D["aliases"];
  /** The action that a word stands for. @throws {ValueError} `PROPERTY_INVALID`, with the allowed words. */
  resolveAction(word: string): string;
  /** Whether a dialog shows a property while the action has this value. */
  isVisible(propertyName: string, actionWord: string): boolean;
}

/** Joins a declaration with the code of its actions. */
export function defineAlgorithm<const D extends AlgorithmDeclaration>(
  declaration: D,
  runners: ActionRunners<D>,
): Algorithm<D> {
  const execute = async (
    inputs: Readonly<Record<string, unknown>>,
    options: AlgorithmCallOptions = {},
  ): Promise<Readonly<Record<string, PropertyValue>>> => {
    const { action, values, given } = readInputs(declaration, inputs);
    if (options.signal?.aborted === true)
      throw new AbortedError("ABORTED", `${action} was stopped before it began.`, {
        cause: options.signal.reason,
      });
    const context = { ...options, given, notice: (sentence: string) => options.onNotice?.(sentence) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `readInputs` gives every declared input its declared type
    const run = (runners as unknown as Readonly<Record<string, Runner>>)[action];
    if (run === undefined) throw new Error(`Action ${action} of ${declaration.name} has no code.`);
    return run(values, context);
  };
  const algorithm = Object.assign(
    (inputs: Readonly<Record<string, unknown>>, options?: AlgorithmCallOptions) => execute(inputs, options),
    {
      execute,
      algorithmName: declaration.name,
      version: declaration.version,
      category: declaration.category,
      documentation: declaration.documentation,
      properties: declaration.properties,
      actions: declaration.actions,
      defaultAction: declaration.defaultAction,
      aliases: declaration.aliases,
      resolveAction: (word: string) => readAction(declaration, word),
      isVisible: (propertyName: string, actionWord: string) => {
        const property = declaration.properties.find(({ name }) => name === propertyName);
        const action = readAction(declaration, actionWord);
        return property !== undefined && (property.visibleWhen?.includes(action) ?? true);
      },
    },
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the call signature promises what `execute` checks and runners return
  return algorithm as unknown as Algorithm<D>;
}

type Runner = (
  inputs: Readonly<Record<string, PropertyValue>>,
  context: ActionContext,
) => Promise<Readonly<Record<string, PropertyValue>>>;
