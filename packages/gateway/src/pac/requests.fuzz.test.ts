import * as fc from "fast-check";
import { isScarfError } from "scarf-tomo";
import { WireFormatError } from "scarf-tomo/wire";
import { fuzzRuns } from "scarf-tomo/testing";
import { describe, expect, it } from "vitest";
import { parseUsersFile } from "../users/users-file.js";
import { findOperation } from "./operations.js";
import { routeRequest } from "./route-request.js";
import { readCommand } from "./run-user-command.js";
import { isSafeRelativePath } from "./safe-path.js";
import { matchesWildcards, selectFiles } from "./select-files.js";
import { parseForm, parseQuery, parseRawQuery, splitTarget } from "./split-target.js";

const piece = fc.oneof(
  fc.constantFrom(
    "/",
    "//",
    "..",
    ".",
    "%2f",
    "%2e",
    "%00",
    "%zz",
    "?",
    "&",
    "=",
    "+",
    "*",
    "[",
    "]",
    "!",
    "^",
    "-",
    ",",
    "|",
    "platform",
    "ws",
    "webservice",
    "pacclient",
    "jobs",
    "cgi-bin",
    "token.py",
    "__proto__",
    "constructor",
    "*FILE*3*true;",
    "\n",
    "\0",
    "a",
    "b.txt",
    "é",
  ),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));

describe("targets of requests", () => {
  it("any target leads to an operation that exists, or nowhere", () => {
    fc.assert(
      fc.property(text, (target) => {
        const split = splitTarget(`/${target}`);
        expect(split.segments.every((segment) => segment !== "" && !segment.includes("/"))).toBe(true);
        const route = routeRequest(split, "platform", ["local", "other"]);
        if (route === undefined) return;
        expect([undefined, "local", "other"]).toContain(route.resourceId);
        expect(findOperation(route)?.name ?? "").toMatch(/^[\w/.]*$/);
      }),
      fuzzRuns(),
    );
  });

  it("queries and forms: what was encoded comes back, and no name is more than a name", () => {
    const pairs = fc.uniqueArray(
      fc.tuple(fc.string({ unit: "grapheme", minLength: 1 }), fc.string({ unit: "grapheme" })),
      { selector: ([name]) => name, maxLength: 4 },
    );
    fc.assert(
      fc.property(pairs, text, (given, raw) => {
        const encoded = given
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
          .join("&");
        expect([...parseForm(encoded)]).toEqual(given);
        expect([...parseQuery(encoded)]).toEqual(given);
        for (const parse of [parseForm, parseQuery, parseRawQuery])
          expect([...parse(raw).keys()]).not.toContain("");
      }),
      fuzzRuns(0.5),
    );
  });
});

describe("what a request asks for", () => {
  const names = ["a", "b.txt", "a b", "[x]", "é", "c,d", ".hidden"];
  const list = async (directory: string) =>
    directory === ""
      ? names.map((name) => ({
          path: `/jobs/1/${name}`,
          name,
          kind: "file" as const,
          sizeBytes: 1,
          readable: true,
        }))
      : [];

  it("any selection of files: only what lies in the job's directory and is not hidden", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          text,
          fc.constantFrom(...names),
          fc.constantFrom(...names).map((name) => `PAC Server*/jobs/1/${name}*FILE*1*true;`),
        ),
        async (request) => {
          for (const { path, file } of await selectFiles(request, list)) {
            if (file === undefined) continue;
            expect([isSafeRelativePath(path), names.includes(file.name), file.name.startsWith(".")]).toEqual([
              true,
              true,
              false,
            ]);
          }
        },
      ),
      fuzzRuns(0.3),
    );
  });

  it("wildcards: a name fits itself with its special characters in brackets, and any pattern ends", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), text, (name, pattern) => {
        // `^` and `!` in brackets would mean the contrary; a bracket of `]` alone is one.
        const quoted = Array.from(name, (one) => (/[*?[]/.test(one) ? `[${one}]` : one)).join("");
        expect(matchesWildcards(name, quoted)).toBe(true);
        expect([matchesWildcards(name, "*"), matchesWildcards(name, `*${quoted}*`)]).toEqual([true, true]);
        expect(typeof matchesWildcards(name, pattern)).toBe("boolean");
      }),
      fuzzRuns(),
    );
  });

  it("a user's command: words, or an error of the wire", () => {
    fc.assert(
      fc.property(text, (body) => {
        try {
          expect(Array.isArray(readCommand(`<UserCmd><cmd>${body}</cmd></UserCmd>`))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WireFormatError);
        }
      }),
      fuzzRuns(0.5),
    );
  });

  it("a file of users: each user once, or a mistake with its line", () => {
    const line = fc.oneof(
      text,
      fc.tuple(piece, piece).map(([name, hash]) => `${name}:$argon2id$${hash}:normal`),
      fc.constant("alice:!"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        try {
          const users = parseUsersFile(lines.join("\n"), "users");
          for (const name of users.keys()) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._@-]*$/);
        } catch (error) {
          expect(isScarfError(error) && error.message).toMatch(/^users:\d+: /);
        }
      }),
      fuzzRuns(0.5),
    );
  });
});
