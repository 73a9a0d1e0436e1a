import type { NamedAttack } from "./find-unclear-answers.js";
import type { HostileGateway } from "./hostile-gateway.js";

/** Documents that no client sends, by what they are. @param size - about how many bytes the large ones have. */
function hostileXml(size: number): Readonly<Record<string, string | Buffer>> {
  const logon = (name: string): string => `<User><name>${name}</name> <pass>x</pass> </User>`;
  const entities = Array.from(
    { length: 20 },
    (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
  );
  const attributes = Array.from({ length: Math.ceil(size / 10) }, (_, index) => ` a${index}="1"`);
  const text = logon("scarf362");
  return {
    "an entity bomb": `<!DOCTYPE User [<!ENTITY e0 "lol">${entities.join("")}]>${logon("&e20;")}`,
    "a quadratic entity bomb": `<!DOCTYPE User [<!ENTITY a "${"a".repeat(size / 4)}">]>${logon("&a;".repeat(size / 8))}`,
    "an external entity": `<!DOCTYPE User [<!ENTITY x SYSTEM "file:///etc/passwd">]>${logon("&x;")}`,
    "an external document type": `<!DOCTYPE User SYSTEM "http://127.0.0.1:1/x.dtd">${logon("x")}`,
    "a parameter entity": `<!DOCTYPE User [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>${logon("x")}`,
    "very many attributes": `<User${attributes.join("")}><name>x</name></User>`,
    "very many elements": `<User>${"<a/>".repeat(size / 4)}</User>`,
    "a thousand levels": `${"<a>".repeat(1000)}${"</a>".repeat(1000)}`,
    "a hundred thousand levels": `${"<a>".repeat(Math.min(100_000, size / 7))}${"</a>".repeat(Math.min(100_000, size / 7))}`,
    "levels that are never closed": "<a>".repeat(size / 3),
    "one long text": logon("x".repeat(size)),
    "one long name of an element": `<${"x".repeat(size)}>`,
    "one long comment": `<!--${"x".repeat(size)}`,
    "open CDATA": `<User><![CDATA[${"x".repeat(size / 2)}`,
    "invalid UTF-8": Buffer.from(logon("\xC3\x28\xFF\xFE\x80"), "latin1"),
    "UTF-16 with a mark": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
    "UTF-16 of the other order": Buffer.concat([
      Buffer.from([0xfe, 0xff]),
      Buffer.from(text, "utf16le").swap16(),
    ]),
    "UTF-8 with a mark": `\xEF\xBB\xBF${text}`,
    "another encoding than it says": `<?xml version="1.0" encoding="UTF-32"?>${text}`,
    "NUL characters": logon("x\0y\0"),
    "character references that are none": logon("&#0;&#x110000;&#xD800;&#99999999999999999999;"),
    "only spaces": " ".repeat(size),
    "only open brackets": "<".repeat(size),
    "only ampersands": logon("&".repeat(size / 2)),
  };
}

const legacy = "/platform/webservice/pacclient";

/** Every call that reads XML, of both generations. */
const calls = [
  `GET ${legacy}/logon/`,
  `POST ${legacy}/userCmd`,
  "POST /platform/ws/logon",
  "POST /platform/ws/userCmd",
  "POST /platform/ws/notifications/register?workloadId=1",
];

/** Each document, at every call or in turn at one of them. */
export function xmlAttacks(
  gateway: HostileGateway,
  size: number,
  { everyCall }: { readonly everyCall: boolean },
): readonly NamedAttack[] {
  return Object.entries(hostileXml(size)).flatMap(([name, document], index) =>
    calls
      .filter((_, at) => everyCall || at === index % calls.length)
      .map((call) => ({
        name: `${name}, ${call}`,
        attack: { bytes: gateway.request(call, document, "Content-Type: application/xml") },
      })),
  );
}
