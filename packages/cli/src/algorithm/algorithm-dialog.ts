import type { AlgorithmProperty, AnyAlgorithm } from "scarf-tomo";

/** What the dialog and the help need of an algorithm, whether it has actions or not. */
export interface AlgorithmDialog {
  readonly name: string;
  readonly documentation: string;
  readonly properties: readonly AlgorithmProperty[];
  /** Absent for an algorithm that does one thing. */
  readonly actions?: Readonly<Record<string, { readonly documentation: string }>>;
  /** The action that a word stands for, or the default; undefined where there are no actions. */
  resolveAction(word: string | undefined): string | undefined;
  isVisible(property: AlgorithmProperty, action: string | undefined): boolean;
  isNeeded(property: AlgorithmProperty, action: string | undefined): boolean;
}

export function describeDialog(algorithm: AnyAlgorithm): AlgorithmDialog {
  const { algorithmName: name, documentation, properties } = algorithm;
  if (algorithm.actions === undefined)
    return {
      name,
      documentation,
      properties,
      resolveAction: () => undefined,
      isVisible: () => true,
      isNeeded: ({ direction, validator }) => direction === "input" && validator.kind === "mandatory",
    };
  const { actions, defaultAction } = algorithm;
  return {
    name,
    documentation,
    properties,
    actions,
    resolveAction: (word) => algorithm.resolveAction(word ?? defaultAction),
    isVisible: (property, action = defaultAction) => algorithm.isVisible(property.name, action),
    isNeeded: (property, action = defaultAction) => actions[action]?.needs.includes(property.name) === true,
  };
}
