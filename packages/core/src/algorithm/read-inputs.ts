import { nearNames } from "../errors/near-names.js";
import { ValueError } from "../errors/index.js";
import type {
  AlgorithmDeclaration,
  AlgorithmProperty,
  PlainAlgorithmDeclaration,
  PropertyValue,
} from "./algorithm-declaration.js";

/** The inputs of one call, checked, with defaults. */
export interface ReadPlainInputs {
  /** Every input but the action. */
  readonly values: Readonly<Record<string, PropertyValue>>;
  /** Names of the inputs that the caller gave. */
  readonly given: ReadonlySet<string>;
}

export interface ReadInputs extends ReadPlainInputs {
  readonly action: string;
}

/**
 * Checks the inputs of a call as far as that needs no look at the disk or the network: names (in any case), types,
 * the action's word, and what the action can't do without.
 * @throws {ValueError} `PROPERTY_UNKNOWN`, `PROPERTY_INVALID`, `PROPERTY_MISSING`.
 */
export function readInputs(
  declaration: AlgorithmDeclaration,
  inputs: Readonly<Record<string, unknown>>,
): ReadInputs {
  const given = nameInputs(declaration, inputs);
  const action = readAction(declaration, given.get("Action"));
  given.delete("Action");
  const values = readValues(declaration, given);
  for (const name of declaration.actions[action]?.needs ?? [])
    if (values[name] === "") throw missingProperty(declaration, name, action);
  return { action, values, given: new Set(given.keys()) };
}

/** The same for an algorithm without actions. @throws {ValueError} as `readInputs`. */
export function readPlainInputs(
  declaration: PlainAlgorithmDeclaration,
  inputs: Readonly<Record<string, unknown>>,
): ReadPlainInputs {
  const given = nameInputs(declaration, inputs);
  const values = readValues(declaration, given);
  for (const { name, direction, validator } of declaration.properties)
    if (direction === "input" && validator.kind === "mandatory" && values[name] === "")
      throw missingProperty(declaration, name, declaration.name);
  return { values, given: new Set(given.keys()) };
}

function readValues(
  declaration: PlainAlgorithmDeclaration,
  given: ReadonlyMap<string, unknown>,
): Readonly<Record<string, PropertyValue>> {
  const values: Record<string, PropertyValue> = {};
  for (const property of declaration.properties) {
    if (property.direction !== "input" || property.name === "Action") continue;
    values[property.name] = given.has(property.name)
      ? readValue(declaration, property, given.get(property.name))
      : property.default;
  }
  return values;
}

/** @throws {ValueError} `PROPERTY_MISSING` */
export function missingProperty(
  declaration: PlainAlgorithmDeclaration,
  name: string,
  action: string,
): ValueError {
  const documentation =
    declaration.properties.find((property) => property.name === name)?.documentation ?? "";
  return new ValueError("PROPERTY_MISSING", `${name} must be given for ${action}.`, {
    hint: `${name}: ${documentation}`,
    context: { algorithm: declaration.name, property: name, action },
  });
}

/** The action that a word stands for. @throws {ValueError} `PROPERTY_INVALID`, with the allowed words. */
export function readAction(declaration: AlgorithmDeclaration, word: unknown): string {
  if (word === undefined || word === "") return declaration.defaultAction;
  if (typeof word === "string" && Object.hasOwn(declaration.actions, word)) return word;
  const alias =
    typeof word === "string" && Object.hasOwn(declaration.aliases, word) && declaration.aliases[word];
  if (typeof alias === "string") return alias;
  const actions = Object.keys(declaration.actions);
  const near = typeof word === "string" ? nearNames(word, actions) : [];
  throw new ValueError(
    "PROPERTY_INVALID",
    `Action must be one of ${actions.join(", ")}, not ${show(word)}.`,
    {
      ...(near.length > 0 && { hint: `Did you mean ${near.join(" or ")}?` }),
      context: { algorithm: declaration.name, property: "Action" },
    },
  );
}

function nameInputs(
  declaration: PlainAlgorithmDeclaration,
  inputs: Readonly<Record<string, unknown>>,
): Map<string, unknown> {
  const names = declaration.properties
    .filter(({ direction }) => direction === "input")
    .map(({ name }) => name);
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const given = new Map<string, unknown>();
  for (const [key, value] of Object.entries(inputs)) {
    const name = byLowerCase.get(key.toLowerCase());
    if (name === undefined) throw unknownProperty(declaration, key, names);
    if (given.has(name))
      throw new ValueError("PROPERTY_INVALID", `${name} is given twice, once as ${key}.`, {
        hint: "Names of properties are matched without regard to case; give it once.",
        context: { algorithm: declaration.name, property: name },
      });
    if (value !== undefined) given.set(name, value);
  }
  return given;
}

function unknownProperty(
  declaration: PlainAlgorithmDeclaration,
  key: string,
  names: readonly string[],
): ValueError {
  const output = declaration.properties.find(({ name }) => name.toLowerCase() === key.toLowerCase());
  const near = nearNames(key, names);
  const hint =
    output !== undefined
      ? `${output.name} is an output: it is in what the call returns.`
      : near.length > 0
        ? `Did you mean ${near.join(" or ")}?`
        : `Its inputs are ${names.join(", ")}.`;
  return new ValueError("PROPERTY_UNKNOWN", `${declaration.name} has no input called ${show(key)}.`, {
    hint,
    context: { algorithm: declaration.name, property: key },
  });
}

function readValue(
  declaration: PlainAlgorithmDeclaration,
  property: AlgorithmProperty,
  value: unknown,
): PropertyValue {
  const { name, type } = property;
  const wrong = (expected: string): ValueError =>
    new ValueError(
      "PROPERTY_INVALID",
      // A masked value is in no message, however wrong it is.
      `${name} must be ${expected}, not ${property.masked === true ? `a ${typeof value}` : show(value)}.`,
      {
        hint: `${name}: ${property.documentation}`,
        context: { algorithm: declaration.name, property: name },
      },
    );
  if (type === "flag") {
    const flag = typeof value === "string" ? flagWords.get(value.trim().toLowerCase()) : value;
    if (typeof flag !== "boolean") throw wrong("true or false");
    return flag;
  }
  if (type === "integer") {
    const text = typeof value === "string" ? value.trim() : undefined;
    const number = text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : value;
    const { validator } = property;
    const minimum = validator.kind === "at-least" ? validator.minimum : -Infinity;
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < minimum)
      throw wrong(minimum === -Infinity ? "a whole number" : `a whole number, ${minimum} or more`);
    return number;
  }
  if (type === "job-id") {
    const id = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    // 0 is what Mantid's dialog has for "none".
    if (id === "0" || id === "") return "";
    if (typeof id !== "string" || !/^[^\s/\\?#]+$/.test(id.trim()))
      throw wrong(`a job's id, e.g. 417666 or "417666[3]"`);
    return id.trim();
  }
  if (type === "text-list") {
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string"))
      throw wrong("a list of texts");
    return value;
  }
  if (typeof value !== "string") throw wrong("text");
  if (value.includes("\0")) throw wrong("text without NUL characters");
  return value;
}

const flagWords = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
