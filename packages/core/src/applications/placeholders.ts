/**
 * How a placeholder's value is written into its surroundings. `plain`: as one shell word in shell lines and shell
 * scripts, as part of one argument in an argument list. `raw`: as it stands. `json`: as a JSON text, which is also
 * a literal in Python, JavaScript and YAML.
 */
export type PlaceholderStyle = "plain" | "raw" | "json";

export interface Placeholder {
  readonly id: string;
  readonly style: PlaceholderStyle;
}

export type TextPart = string | Placeholder;

/**
 * Splits text at `{{NAME}}`, `{{NAME:raw}}` and `{{NAME:json}}`. Double braces that hold anything else (Jinja, HTTomo's
 * `${{…}}`) are ordinary text.
 */
export function parsePlaceholders(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/(?<!\$)\{\{([A-Za-z0-9_]+)(?::(raw|json))?\}\}/g)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const style = match[2] === "raw" || match[2] === "json" ? match[2] : "plain";
    parts.push({ id: match[1] ?? "", style });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** The placeholders in a text, in order. */
export function placeholdersIn(text: string): readonly Placeholder[] {
  return parsePlaceholders(text).filter((part) => typeof part !== "string");
}

/** `/bin/sh` runs a script without a `#!` line. */
export function isShellScript(script: string): boolean {
  return !script.startsWith("#!") || /^#!.*\b(ba|da|k|z)?sh\b/.test(script.split("\n", 1)[0] ?? "");
}
