import type { AlgorithmProperty } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { ask } from "../terminal/prompt.js";
import type { AlgorithmDialog } from "./algorithm-dialog.js";

/** Inputs that belong to an action and were not given, in the order of the declaration. */
export function findMissingInputs(
  algorithm: AlgorithmDialog,
  action: string | undefined,
  given: Readonly<Record<string, string>>,
): readonly AlgorithmProperty[] {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  return algorithm.properties.filter(
    (property) =>
      property.direction === "input" &&
      property.name !== "Action" &&
      !names.has(property.name.toLowerCase()) &&
      algorithm.isVisible(property, action),
  );
}

/** Asks which action is meant, by its word or its number; the default one for an empty answer. */
export async function askForAction(
  context: CommandContext,
  actions: Readonly<Record<string, { readonly documentation: string }>>,
  defaultAction: string,
): Promise<string> {
  const words = Object.keys(actions);
  const width = Math.max(...words.map((word) => word.length));
  for (const [index, word] of words.entries()) {
    const number = String(index + 1).padStart(2);
    context.output.warn(`${number}  ${word.padEnd(width)}  ${actions[word]?.documentation ?? ""}`);
  }
  const answer = (await ask(`Action [${defaultAction}]: `, context.interrupts)).trim();
  return (/^\d+$/.test(answer) ? words[Number(answer) - 1] : answer) || defaultAction;
}

/**
 * Asks for one property as Mantid's dialog does: with what it means and its default, which Enter takes; an answer to a
 * masked one is not shown. Asks again for what the call can't do without.
 * @returns undefined where the default is to be taken.
 */
export async function askForProperty(
  context: CommandContext,
  property: AlgorithmProperty,
  { needed, purpose }: { needed: boolean; purpose: string },
): Promise<string | undefined> {
  const standard = property.default === "" ? "" : ` [${String(property.default)}]`;
  context.output.note(property.documentation);
  for (;;) {
    const answer = await ask(`${property.name}${standard}: `, context.interrupts, {
      hidden: property.masked === true,
    });
    if (answer !== "") return answer;
    if (!needed) return undefined;
    context.output.warn(`${property.name} is needed for ${purpose}.`);
  }
}
