import { describe, expect, it } from "vitest";
import { explainSshFailure } from "./explain-ssh-failure.js";

const target = "bob@login.example.org:2222";

// As OpenSSH 9.2 says it.
describe("what ssh says when it does not connect", () => {
  it.each([
    [
      "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nOffending ED25519 key in /h/.ssh/known_hosts:3\nHost key verification failed.\n",
      "HOST_KEY_MISMATCH",
      "ssh-keygen -R '[login.example.org]:2222'",
    ],
    [
      "No ED25519 host key is known for [127.0.0.1]:16822 and you have requested strict checking.\r\nHost key verification failed.\r\n",
      "HOST_KEY_UNKNOWN",
      "fingerprint",
    ],
    [
      "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\nPermissions 0644 for '/h/a key' are too open.\nbob@x: Permission denied (publickey).\n",
      "AUTH_FAILED",
      "chmod 600 /h/a key",
    ],
    ["bob@x: Permission denied (publickey,password).\n", "AUTH_FAILED", "password"],
    ["bob@x: Permission denied (publickey).\n", "AUTH_FAILED", "public key"],
    [
      "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\n",
      "AUTH_FAILED",
      "identityFile",
    ],
    ["/h/.ssh/config: line 3: Bad configuration option: hots\r\n", "CONFIG_INVALID", "~/.ssh/config"],
    ["Bad owner or permissions on /h/.ssh/config\r\n", "CONFIG_INVALID", "~/.ssh/config"],
    [
      "ssh: Could not resolve hostname nosuch: Name or service not known\r\n",
      "CONNECTION_FAILED",
      "host name",
    ],
    ["ssh: connect to host 127.0.0.1 port 16899: Connection refused\r\n", "CONNECTION_FAILED", "port"],
    ["ssh: connect to host 10.0.0.1 port 22: Connection timed out\r\n", "CONNECTION_FAILED", "VPN"],
    [
      "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa\r\n",
      "CONNECTION_FAILED",
      "older ways",
    ],
    [
      "kex_exchange_identification: Connection closed by remote host\r\n",
      "CONNECTION_FAILED",
      "whether the machine is up",
    ],
    ["", "CONNECTION_FAILED", "whether the machine is up"],
    ["something new\n", "CONNECTION_FAILED", "whether the machine is up"],
  ])("%j becomes %s", (stderr, code, hint) => {
    const error = explainSshFailure(target, stderr);
    expect(error.code).toBe(code);
    expect(error.hint).toContain(hint);
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).toMatch(/ssh|login\.example\.org/);
  });

  it("names the reason that decides whether to try again", () => {
    expect(
      explainSshFailure(target, "ssh: Could not resolve hostname x: Name or service not known").context,
    ).toMatchObject({ reason: "ENOTFOUND" });
    expect(explainSshFailure(target, "x\n".repeat(100_000)).context["stderr"]).toHaveLength(39);
  });
});
