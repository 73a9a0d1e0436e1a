import type { SshQuestion, UnknownHostKey } from "./ssh-options.js";

/** What ssh wants to know; `none` = it only tells something, e.g. that a security key has to be touched. */
export type ParsedQuestion =
  | { readonly kind: "secret"; readonly question: Omit<SshQuestion, "attempt"> }
  | { readonly kind: "host-key"; readonly hostKey: UnknownHostKey }
  | { readonly kind: "unknown" };

/** @param prompt - as ssh (9.2) hands it to its askpass program; parts of it come from the machine, and are not to be trusted. */
export function parseQuestion(prompt: string): ParsedQuestion {
  const hostKey =
    /^The authenticity of host '(?<host>[^'\n]*)' can't be established\.\n(?<keyType>[\w-]+) key fingerprint is (?<fingerprint>\S+?)\.?\n/.exec(
      prompt,
    )?.groups;
  if (hostKey !== undefined) {
    const { host = "", keyType = "", fingerprint = "" } = hostKey;
    return { kind: "host-key", hostKey: { host, keyType, fingerprint } };
  }
  // Anything else that wants a yes would be taken for a secret.
  if (/\(yes\/no/.test(prompt)) return { kind: "unknown" };
  const kind = /^Enter (?:passphrase|PIN) for /.test(prompt)
    ? "passphrase"
    : /^\S+'s password: $/.test(prompt)
      ? "password"
      : "challenge";
  return { kind: "secret", question: { kind, prompt: withoutControls(prompt).trim() } };
}

/** A machine's text goes to a terminal, and must not steer it. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\0-\x1f\x7f-\x9f]+/g, " ").slice(0, 500);
}
