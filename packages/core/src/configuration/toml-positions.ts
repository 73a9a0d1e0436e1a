/** Keys and indices from the top of the file, e.g. `["resources", "local", "extraPath", 1]`. */
export type TomlPath = readonly (string | number)[];

/** Where in a file something stands. */
export interface TomlPosition {
  /** First line is 1. */
  readonly line: number;
  /** Offsets in the text: from the first character of the key or header to behind the value. */
  readonly start: number;
  readonly end: number;
  /** How it stands there: `header` of a table, `key` with its value, or an `element` of an array. */
  readonly kind: "header" | "key" | "element";
}

/**
 * Where each key of a TOML document stands. The parser (smol-toml 1.9) tells positions for broken syntax only, so this
 * reads the same text again for mistakes in its *meaning*. It expects a document that parses; on anything else it stops early.
 */
export class TomlPositions {
  readonly #found = new Map<string, TomlPosition>();
  readonly #arrayLengths = new Map<string, number>();
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
    this.#scanDocument();
  }

  get(path: TomlPath): TomlPosition | undefined {
    return this.#found.get(keyOf(path));
  }

  /** Line of the key, or of the nearest table around it. */
  lineOf(path: TomlPath): number {
    for (let length = path.length; length > 0; length -= 1) {
      const position = this.get(path.slice(0, length));
      if (position !== undefined) return position.line;
    }
    return 1;
  }

  #scanDocument(): void {
    let table: TomlPath = [];
    for (this.#skipBlank(); this.#offset < this.#text.length; this.#skipBlank()) {
      const before = this.#offset;
      if (this.#at("[")) table = this.#scanHeader();
      else this.#scanKeyValue(table);
      if (this.#offset === before) return;
    }
  }

  #scanHeader(): TomlPath {
    const start = this.#offset;
    const isArray = this.#at("[[");
    this.#offset += isArray ? 2 : 1;
    const parts = this.#scanKey();
    this.#offset += isArray ? 2 : 1;
    const path = this.#resolve(isArray ? parts.slice(0, -1) : parts);
    if (isArray) {
      path.push(parts.at(-1) ?? "");
      this.#record(path, start, "header");
      const index = this.#arrayLengths.get(keyOf(path)) ?? 0;
      this.#arrayLengths.set(keyOf(path), index + 1);
      path.push(index);
    }
    this.#record(path, start, "header");
    return path;
  }

  /** A name on the way that is an array of tables means its last element. */
  #resolve(parts: readonly string[]): (string | number)[] {
    const path: (string | number)[] = [];
    for (const part of parts) {
      path.push(part);
      const length = this.#arrayLengths.get(keyOf(path));
      if (length !== undefined) path.push(length - 1);
    }
    return path;
  }

  #scanKeyValue(table: TomlPath): void {
    const start = this.#offset;
    const path = [...table, ...this.#scanKey()];
    this.#skipSpaces();
    if (!this.#at("=")) return;
    this.#offset += 1;
    this.#skipSpaces();
    this.#scanValue(path);
    for (let length = table.length + 1; length <= path.length; length += 1)
      this.#record(path.slice(0, length), start, "key");
  }

  #scanKey(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const start = this.#offset;
      if (this.#at('"') || this.#at("'")) {
        this.#skipString();
        parts.push(unquote(this.#text.slice(start, this.#offset)));
      } else {
        this.#offset += matchAt(/[A-Za-z0-9_-]*/y, this.#text, this.#offset);
        parts.push(this.#text.slice(start, this.#offset));
      }
      this.#skipSpaces();
      if (!this.#at(".")) return parts;
      this.#offset += 1;
    }
  }

  #scanValue(path: TomlPath): void {
    if (this.#at('"') || this.#at("'")) this.#skipString();
    else if (this.#at("["))
      this.#scanList("]", (index) => {
        const start = this.#offset;
        this.#scanValue([...path, index]);
        this.#record([...path, index], start, "element");
      });
    else if (this.#at("{")) this.#scanList("}", () => this.#scanKeyValue(path));
    else this.#offset += matchAt(/[^,\]}#\r\n]*/y, this.#text, this.#offset);
  }

  #scanList(closing: string, scanItem: (index: number) => void): void {
    this.#offset += 1;
    for (let index = 0; ; index += 1) {
      this.#skipBlank();
      if (this.#at(closing)) break;
      const before = this.#offset;
      scanItem(index);
      this.#skipBlank();
      if (this.#at(",")) this.#offset += 1;
      else if (this.#at(closing) || this.#offset === before || this.#offset >= this.#text.length) break;
    }
    this.#offset += 1;
  }

  #skipString(): void {
    const quote = this.#text.charAt(this.#offset);
    if (this.#at(quote.repeat(3))) {
      const body =
        quote === '"' ? /"""(?:\\[^]|[^\\])*?"""(?!"{1,2}(?!"))"{0,2}/y : /'''[^]*?'''(?!'{1,2}(?!'))'{0,2}/y;
      this.#offset += matchAt(body, this.#text, this.#offset);
    } else {
      this.#offset += matchAt(quote === '"' ? /"(?:\\.|[^"\\])*"/y : /'[^']*'/y, this.#text, this.#offset);
    }
  }

  #skipSpaces(): void {
    this.#offset += matchAt(/[ \t]*/y, this.#text, this.#offset);
  }

  /** Spaces, line ends and comments. */
  #skipBlank(): void {
    this.#offset += matchAt(/(?:\s|#[^\n]*)*/y, this.#text, this.#offset);
  }

  #at(text: string): boolean {
    return this.#text.startsWith(text, this.#offset);
  }

  #record(path: TomlPath, start: number, kind: TomlPosition["kind"]): void {
    const key = keyOf(path);
    if (this.#found.has(key)) return;
    const line = (this.#text.slice(0, start).match(/\n/g)?.length ?? 0) + 1;
    this.#found.set(key, { line, start, end: this.#offset, kind });
  }
}

function keyOf(path: TomlPath): string {
  return JSON.stringify(path);
}

/** Length of the match that begins exactly at the offset; the pattern must be sticky. */
function matchAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** A quoted key. Its escapes are a subset of JSON's, but for `\U00000000`, `\e` and `\x00`, which nobody puts in a key. */
function unquote(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    const value: unknown = JSON.parse(text);
    return String(value);
  } catch {
    return text.slice(1, -1);
  }
}
