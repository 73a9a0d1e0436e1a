import { expect, it } from "vitest";
import { parseQuestion } from "./parse-question.js";

// As OpenSSH 9.2 hands them to its askpass program.
it.each([
  ["bob@127.0.0.1's password: ", "password"],
  ["(bob@127.0.0.1) Password: ", "challenge"],
  ["(bob@127.0.0.1) Verification code: ", "challenge"],
  ["Enter passphrase for key '/home/bob/.ssh/id_ed25519': ", "passphrase"],
])("%j is a question for a %s", (prompt, kind) => {
  expect(parseQuestion(prompt)).toEqual({ kind: "secret", question: { kind, prompt: prompt.trim() } });
});

it("a machine's prompt can't steer a terminal, nor be without end", () => {
  const parsed = parseQuestion(`(bob@x) \u001B[2JPassword:\r\n${"x".repeat(10_000)}`);
  const prompt = parsed.kind === "secret" ? parsed.question.prompt : "";
  expect(prompt).toMatch(/^\(bob@x\) {1,2}\[2JPassword: x+$/);
  expect(prompt.length).toBeLessThanOrEqual(500);
});

it("a host's key is a question of its own", () => {
  const prompt =
    "The authenticity of host '[127.0.0.1]:16822 ([127.0.0.1]:16822)' can't be established.\n" +
    "ED25519 key fingerprint is SHA256:AAcEfzKPDG1WeT1rmVrBlhJSnroQHgptMPq4gv8Rv/k.\n" +
    "This key is not known by any other names.\n" +
    "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
  expect(parseQuestion(prompt)).toEqual({
    kind: "host-key",
    hostKey: {
      host: "[127.0.0.1]:16822 ([127.0.0.1]:16822)",
      keyType: "ED25519",
      fingerprint: "SHA256:AAcEfzKPDG1WeT1rmVrBlhJSnroQHgptMPq4gv8Rv/k",
    },
  });
});

it("any other yes or no is never answered with a secret", () => {
  for (const prompt of ["Please type 'yes' (yes/no): ", "Add key x (y) to agent (yes/no)? "])
    expect(parseQuestion(prompt)).toEqual({ kind: "unknown" });
});
