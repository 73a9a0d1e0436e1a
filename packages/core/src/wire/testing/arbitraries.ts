import * as fc from "fast-check";
import type { FinishedStatus, Job, JobStatus } from "../../model/index.js";
import { toWellFormed } from "../well-formed.js";

/** What breaks parsers in texts that people, shells and other systems write. */
const troublemakers = [
  "<", ">", "&", "&amp;", "&#13;", "&#x0;", "]]>", "<![CDATA[", "<!--", "<errMsg>", "</Job>", "note", '"', "'", "\\", "`", "$",
  "$(x)", "*", ";", ",", ":", "|", "=", "#quote#", "%", "%41", "%FF", "%J", "[1]", "[submit-key k]", "-", "--", "\r\n", "\n", "\r",
  "\t", "\0", "\u0001", "\u007F", "\u0085", "\u2028", "\uFEFF", "\uFFFE", "\uD800", "\uDC00", "é", "日本", "😀", "..", "/", "__proto__",
  "Done", "done()", "exit code 0", "(", ")", "{{A}}", " ", "  ",
]; // oxfmt-ignore

/** Any text, with what breaks parsers in it more often than chance would bring. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...troublemakers), fc.string({ unit: "binary", maxLength: 6 })), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(""));

/** Text without lone halves of surrogate pairs. */
export const wellFormedText: fc.Arbitrary<string> = anyText.map(toWellFormed);

/** A word without anything special. */
export const word: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);

/** Bytes in pieces of random sizes, each spoiled as soon as the next is asked for, as a source may do. */
export async function* cutAt(
  bytes: Uint8Array,
  sizes: readonly number[],
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1);
    const piece = Buffer.from(bytes.subarray(at, at + size));
    at += size;
    yield piece;
    piece.fill(0x58);
  }
}

/** Sizes for {@link cutAt}. */
export const pieceSizes: fc.Arbitrary<readonly number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 200 })),
  { maxLength: 5 },
);

/** Damages a text as a bad disk, a proxy or an attacker would: pieces go, double, move or turn into something else. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 12 }),
    kind: fc.constantFrom("remove", "double", "insert", "replace"),
    piece: anyText,
  });
  return fc.tuple(text, fc.array(change, { minLength: 1, maxLength: 4 })).map(([whole, changes]) =>
    changes.reduce((now, { at, length, kind, piece }) => {
      const from = Math.floor(at * now.length);
      const taken = now.slice(from, from + length);
      const put = { remove: "", double: taken + taken, insert: piece + taken, replace: piece }[kind] ?? "";
      return now.slice(0, from) + put + now.slice(from + length);
    }, whole),
  );
}

const instant = fc.integer({ min: 0, max: 4_102_444_800 }).map((seconds) => new Date(seconds * 1000));

const base = { raw: fc.constant(""), evidence: fc.constant({ source: "test", observedAt: new Date(0) }) };
const reason = fc.option(anyText, { nil: undefined });

const ending = fc.oneof(
  fc.constant<Pick<FinishedStatus, "outcome" | "exitCode">>({ outcome: "succeeded", exitCode: 0 }),
  fc.record({
    outcome: fc.constantFrom<FinishedStatus["outcome"][]>(
      "failed",
      "timed-out",
      "out-of-memory",
      "cancelled",
      "node-failure",
      "preempted",
    ),
    exitCode: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
    signal: fc.option(fc.constantFrom("SIGKILL", "SIGTERM", "SIGRTMIN+3"), { nil: undefined }),
  }),
);

/** Any state that a resource may report. A signal excludes an exit code, as it does where jobs run. */
const status: fc.Arbitrary<JobStatus> = fc
  .oneof(
    fc.record({
      ...base,
      reason,
      phase: fc.constantFrom("queued" as const, "held" as const, "running" as const),
    }),
    fc.record({
      ...base,
      reason,
      phase: fc.constant("unknown" as const),
      why: fc.constantFrom(
        "not-listed" as const,
        "unreachable" as const,
        "unrecognised" as const,
        "no-evidence" as const,
      ),
    }),
    fc.record({ ...base, reason, phase: fc.constant("finished" as const), ending }),
  )
  .map((one) => {
    if (!("ending" in one)) return withoutNothing(one);
    const { ending: end, ...others } = one;
    const { signal } = { signal: undefined, ...end };
    const { exitCode, ...noCode } = end;
    return withoutNothing({ ...others, ...noCode, ...(signal === undefined && { exitCode }) });
  });

/** A job with any texts in it. */
export const anyJob: fc.Arbitrary<Job> = fc
  .record({
    id: fc.oneof(
      fc.integer({ min: 1, max: 999_999 }).map(String),
      fc.constantFrom("417666[3]", "123_4", "9007199254740993", "12+1"),
    ),
    name: anyText,
    status,
    owner: fc.option(anyText, { nil: undefined }),
    command: fc.option(anyText, { nil: undefined }),
    application: fc.option(anyText, { nil: undefined }),
    description: fc.option(anyText, { nil: undefined }),
    queue: fc.option(anyText, { nil: undefined }),
    account: fc.option(anyText, { nil: undefined }),
    submittedAt: fc.option(instant, { nil: undefined }),
    startedAt: fc.option(instant, { nil: undefined }),
    endedAt: fc.option(instant, { nil: undefined }),
    workingDirectory: fc.option(anyText, { nil: undefined }),
    outputPath: fc.option(anyText, { nil: undefined }),
    executionHosts: fc.option(fc.array(word, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    submitKey: fc.option(anyText, { nil: undefined }),
  })
  .map((job) => withoutNothing(job));

type Present<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Leaves out what is `undefined`: a field is there or it is not. */
export function withoutNothing<T extends object>(value: T): Present<T> {
  // oxlint-disable-next-line no-unsafe-type-assertion -- exactly what Present says
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Present<T>;
}
