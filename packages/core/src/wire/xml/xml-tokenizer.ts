import { WireFormatError } from "../wire-format-error.js";
import type { XmlEvents } from "./parse-xml.js";
import {
  checkInstruction,
  decodeEntities,
  isNameStart,
  longestReference,
  malformed,
  parseCloseTag,
  parseOpenTag,
} from "./xml-markup.js";

const [bang, slash, question, greater] = [0x21, 0x2f, 0x3f, 0x3e];

/** No tag of this wire comes near it; without a bound one tag of a million attributes would have to be kept whole. */
const longestTag = 65_536;

/** Documents of this wire have five levels; one that opens elements for ever must end. */
const mostLevels = 1000;

type Place = "content" | "cdata" | "comment" | "instruction";

/**
 * The strict reader behind `createXmlReader`. Written by hand because a list of 100,000 jobs has to become objects in hardly more
 * time than a general parser takes for its tokens alone (docs/benchmarks.md); saxes is its oracle in the tests.
 *
 * Between two calls it keeps what can't be judged yet, which is never longer than one tag.
 */
export class XmlTokenizer {
  readonly #events: XmlEvents;
  #hasPrefixes = false;
  /** Of the elements that are open, prefixes included. */
  readonly #names: string[] = [];
  readonly #knownNames: (string | undefined)[] = Array.from({ length: 256 }, () => undefined);
  #place: Place = "content";
  #rest = "";
  #isBegun = false;
  #seenRoot = false;
  /** Of an instruction: the part that has come. */
  #kept = "";

  constructor(events: XmlEvents) {
    this.#events = events;
  }

  /** @throws {WireFormatError} */
  write(piece: string): void {
    const text = this.#rest === "" ? piece : this.#rest + piece;
    const read = this.#read(text);
    this.#rest = text.slice(read);
    if (this.#rest.length > longestTag)
      throw new WireFormatError("too-large", "The XML has a tag that is longer than any of this service.");
  }

  /** @throws {WireFormatError} `truncated`. */
  end(): void {
    const isWhole =
      this.#names.length === 0 && this.#seenRoot && this.#place === "content" && this.#rest === "";
    if (!isWhole) throw new WireFormatError("truncated", "The XML ends too early.");
  }

  /** @returns up to where it has read. */
  #read(text: string): number {
    let at = 0;
    for (;;) {
      let next: number;
      switch (this.#place) {
        case "content":
          next = this.#readContent(text, at);
          break;
        case "cdata":
          next = this.#readCdata(text, at);
          break;
        case "comment":
          next = this.#readComment(text, at);
          break;
        default:
          next = this.#readInstruction(text, at);
      }
      // Nothing more to be had, and still in the same place.
      if (next < 0) return ~next;
      at = next;
    }
  }

  /** Tags and text, until something else begins or the text ends (then `~` of where it ended). */
  #readContent(text: string, from: number): number {
    const { length } = text;
    const names = this.#names;
    const events = this.#events;
    let at = from;
    // Found once and then only compared with: most text has none of these.
    let special = indexOfSpecial(text, from);
    while (at < length) {
      const less = text.indexOf("<", at);
      if (less !== at) {
        const to = less < 0 ? length : less;
        if (special < at) special = indexOfSpecial(text, at);
        if (less >= 0 && special >= to && names.length > 0) {
          events.text?.(text.slice(at, to));
          at = to;
        } else {
          at = this.#readText(text, at, to, less < 0);
          if (less < 0) return ~at;
        }
      }
      const second = text.charCodeAt(at + 1);
      if (second !== question && at + 1 < length) this.#isBegun = true;
      if (second === slash) {
        const name = names.at(-1);
        if (name === undefined) throw malformed("an element is closed that is not open");
        const end = at + 2 + name.length;
        if (text.charCodeAt(end) === greater && text.startsWith(name, at + 2)) {
          at = end + 1;
        } else {
          const tagEnd = text.indexOf(">", at);
          if (tagEnd < 0) return ~at;
          const found = parseCloseTag(text.slice(at, tagEnd + 1));
          if (found !== name) throw malformed(`<${name}> is closed by </${found}>`);
          at = tagEnd + 1;
        }
        names.pop();
        events.close?.(this.#hasPrefixes ? localName(name) : name);
      } else if (second === bang || second === question) {
        const begun = this.#begin(text, at);
        if (begun < 0) return ~at;
        return begun;
      } else {
        if (at + 1 === length) return ~at;
        const end = findNameEnd(text, at + 1);
        if (text.charCodeAt(end) === greater && end > at + 1) {
          this.#checkRoot();
          const name = this.#nameAt(text, at + 1, end);
          this.#enter(name);
          events.open?.(name);
          at = end + 1;
        } else {
          if (!isNameStart(text, at + 1)) throw malformed("a < begins no tag");
          const tagEnd = findTagEnd(text, at);
          if (tagEnd < 0) return ~at;
          this.#checkRoot();
          const { name, isClosed } = parseOpenTag(text.slice(at, tagEnd + 1));
          this.#hasPrefixes ||= name.includes(":");
          events.open?.(localName(name));
          if (isClosed) events.close?.(localName(name));
          else this.#enter(name);
          at = tagEnd + 1;
        }
      }
    }
    return ~at;
  }

  /** A name that was met before is the same object again: no text to be made of it, and its hash is known. */
  #nameAt(text: string, from: number, to: number): string {
    const mark = (31 * (to - from) + 7 * text.charCodeAt(from) + text.charCodeAt(to - 1)) & 255;
    const known = this.#knownNames[mark];
    if (known?.length === to - from && text.startsWith(known, from)) return known;
    const name = text.slice(from, to);
    this.#knownNames[mark] = name;
    return name;
  }

  #enter(name: string): void {
    this.#names.push(name);
    if (this.#names.length > mostLevels)
      throw new WireFormatError("too-large", "The XML is nested deeper than any of this service.");
  }

  #checkRoot(): void {
    if (this.#names.length > 0) return;
    if (this.#seenRoot) throw malformed("there is something behind the root element");
    this.#seenRoot = true;
  }

  /** Text that has something in it to be looked at, stands outside of the root, or may go on in the next piece. */
  #readText(text: string, from: number, to: number, mayGoOn: boolean): number {
    const end = mayGoOn && this.#names.length > 0 ? findSafeEnd(text, from) : to;
    const raw = text.slice(from, end);
    if (raw !== "") this.#isBegun = true;
    if (this.#names.length === 0) {
      if (/[^ \t\r\n]/.test(raw)) throw malformed("there is text outside of the root element");
      return end;
    }
    if (raw.includes("]]>")) throw malformed("]]> stands in a text");
    const content = decodeEntities(normaliseLines(raw));
    if (content !== "") this.#events.text?.(content);
    return end;
  }

  /** `<!` or `<?`. @returns where its content begins; -1: too little has come to tell. */
  #begin(text: string, at: number): number {
    if (text.startsWith("<?", at)) {
      this.#place = "instruction";
      this.#kept = "";
      return at + 2;
    }
    if (text.startsWith("<!--", at)) {
      this.#place = "comment";
      return at + 4;
    }
    if (text.startsWith("<![CDATA[", at)) {
      if (this.#names.length === 0) throw malformed("there is text outside of the root element");
      this.#place = "cdata";
      return at + 9;
    }
    const begun = text.slice(at, at + 9);
    if ("<![CDATA[".startsWith(begun) || "<!--".startsWith(begun) || "<!DOCTYPE".startsWith(begun)) {
      if (begun.length < 9) return -1;
      throw new WireFormatError("malformed", "The XML has a document type, which this service never sends.");
    }
    throw malformed("a <! begins nothing");
  }

  #readCdata(text: string, from: number): number {
    const end = text.indexOf("]]>", from);
    const to = end < 0 ? endWithout(text, from, /[\]\r]{1,2}$/) : end;
    if (to > from) this.#events.text?.(normaliseLines(text.slice(from, to)));
    if (end < 0) return ~to;
    this.#place = "content";
    return end + 3;
  }

  #readComment(text: string, from: number): number {
    const dashes = text.indexOf("--", from);
    if (dashes < 0 || dashes + 2 >= text.length) return ~(dashes < 0 ? endWithout(text, from, /-$/) : dashes);
    if (text.charCodeAt(dashes + 2) !== greater) throw malformed("a comment has two dashes in it");
    this.#place = "content";
    return dashes + 3;
  }

  #readInstruction(text: string, from: number): number {
    const end = text.indexOf("?>", from);
    const to = end < 0 ? endWithout(text, from, /\?$/) : end;
    // Of a long one only its beginning says anything.
    if (this.#kept.length < longestTag) this.#kept += text.slice(from, to);
    if (end < 0) return ~to;
    checkInstruction(this.#kept, { isFirst: !this.#isBegun });
    this.#isBegun = true;
    this.#place = "content";
    return end + 2;
  }
}

/** Java's binding of XML writes `ns2:jobs` where a server's programmer has put two namespaces into one document. */
export function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Where the next `&`, carriage return or `]]>` stands; the length of the text if there is none. */
function indexOfSpecial(text: string, from: number): number {
  let nearest = text.length;
  for (const what of ["&", "\r", "]]>"]) {
    const found = text.indexOf(what, from);
    if (found >= 0 && found < nearest) nearest = found;
  }
  return nearest;
}

/** Past the letters, digits, `_`, `-` and `.` of a name that begins with a letter; names with others take the slower way. */
function findNameEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
    if (!isLetter && (at === from || !((code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e)))
      return at;
    at++;
  }
}

/** The `>` that ends a tag, not one inside a value; -1: it has not come yet. */
function findTagEnd(text: string, from: number): number {
  const pattern = /[>"']/g;
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === ">") return match.index;
    const end = text.indexOf(match[0], pattern.lastIndex);
    if (end < 0) return -1;
    pattern.lastIndex = end + 1;
  }
  return -1;
}

/** Up to where a text that goes to the end can be judged though its next piece has not come. */
function findSafeEnd(text: string, from: number): number {
  const tail = text.slice(Math.max(from, text.length - longestReference));
  const ampersand = tail.lastIndexOf("&");
  if (ampersand >= 0 && !tail.includes(";", ampersand)) return text.length - tail.length + ampersand;
  return endWithout(text, from, /(?:\r|\]{1,2})$/);
}

/** The end of a text without what may belong to something that goes on in the next piece, two characters at most. */
function endWithout(text: string, from: number, tail: RegExp): number {
  const match = tail.exec(text.slice(Math.max(from, text.length - 2)));
  return text.length - (match?.[0].length ?? 0);
}

/** As XML has it: every line ends with a line feed. */
function normaliseLines(text: string): string {
  return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
}
