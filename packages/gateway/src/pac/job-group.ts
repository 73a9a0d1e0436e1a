import { quoteWords, splitWords } from "scarf-tomo/wire";

/** A job group as it is kept: `/tomo/night`, the root is `/`. */
export function normalizeGroup(text: string): string {
  const parts = text.split("/").map((part) => part.trim());
  return `/${parts.filter((part) => part !== "").join("/")}`;
}

export interface GroupedForm {
  readonly parameters: Readonly<Record<string, string>>;
  /** Absent = the form names none. */
  readonly group?: string;
}

const field = "EXTRA_PARAMS";

/**
 * Takes `-g GROUP` out of the bsub options of a form: no resource but LSF itself has job groups, so this service keeps them.
 * @throws {WireFormatError} a quote in the options is not closed.
 */
export function takeJobGroup(parameters: Readonly<Record<string, string>>): GroupedForm {
  const options = parameters[field] ?? "";
  if (!/(?:^|\s)["']?-g["']?\s/.test(options)) return { parameters };
  const words = splitWords(options);
  const at = words.indexOf("-g");
  const group = words[at + 1];
  if (at < 0 || group === undefined) return { parameters };
  const rest = words.toSpliced(at, 2);
  return { parameters: { ...parameters, [field]: quoteWords(rest) }, group: normalizeGroup(group) };
}
