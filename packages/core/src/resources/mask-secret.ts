/**
 * Takes a secret out of what a server said before it becomes part of an error: pages for developers repeat the request that
 * they could not serve. Shorter ones than four characters stay: they would tear holes into every sentence.
 */
export function maskSecret(text: string, secret: string): string {
  return new SecretMask().mask(text, secret);
}

/** Characters at the end of a secret whose absence is evidence enough: of a token these are random, where its beginning is a name. */
const probedCharacters = 6;

/** The same for a secret that comes again and again, and hardly ever is there. */
export class SecretMask {
  #secret = "";
  /** Its last characters: the pattern of a whole token takes 30 ms to compile, on one core of 2026. */
  #probe: RegExp | undefined;
  #pattern: RegExp | undefined;

  mask(text: string, secret: string): string {
    if (secret.length < 4) return text;
    if (this.#probe === undefined || secret !== this.#secret) {
      this.#secret = secret;
      this.#probe = new RegExp(spellings(Array.from(secret).slice(-probedCharacters)));
      this.#pattern = undefined;
    }
    if (!this.#probe.test(text)) return text;
    this.#pattern ??= new RegExp(spellings(Array.from(secret)), "g");
    return text.replaceAll(this.#pattern, "…");
  }
}

function spellings(characters: readonly string[]): string {
  return characters.map(anySpelling).join("");
}

const entities: Readonly<Record<string, readonly string[]>> = {
  "&": ["&amp;"],
  "<": ["&lt;"],
  ">": ["&gt;"],
  '"': ["&quot;", "#quote#"],
  "'": ["&apos;"],
  " ": ["+", "&nbsp;"],
  "\b": [String.raw`\b`],
  "\t": [String.raw`\t`],
  "\n": [String.raw`\n`],
  "\f": [String.raw`\f`],
  "\r": [String.raw`\r`],
};

/** A character as it is, and as it stands in addresses, forms, XML, HTML, JSON, shell words and cookies, mixed in any way. */
function anySpelling(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  const bytes = Array.from(Buffer.from(character, "utf8"), (byte) => `%${anyCase(byte.toString(16), 2)}`);
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16));
  const plain = [character, ...(entities[character] ?? [])].map(escapePattern);
  return `(?:\\\\?(?:${plain.join("|")})|${bytes.join("")}|&#0*${code};|&#[xX]0*${anyCase(hex)};|${units.map((unit) => `\\\\u${anyCase(unit, 4)}`).join("")})`;
}

function anyCase(hex: string, digits = 1): string {
  return hex.padStart(digits, "0").replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
