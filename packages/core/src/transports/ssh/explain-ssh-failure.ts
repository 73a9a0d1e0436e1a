import {
  AuthError,
  ConfigError,
  type ScarfError,
  type ScarfErrorDetails,
  TransportError,
} from "../../errors/index.js";

interface Failure {
  readonly pattern: RegExp;
  readonly explain: (target: string, details: ScarfErrorDetails, match: RegExpExecArray) => ScarfError;
}

/** What OpenSSH (9.2) says when it can't connect, the first that fits counts. In this order, as a failed log-in often ends with two of them. */
const failures: readonly Failure[] = [
  {
    pattern:
      /REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY DETECTED|Offending \S+ key in (?<place>.+)/,
    explain: (target, details) =>
      new TransportError("HOST_KEY_MISMATCH", `The identity of ${target} has changed. Nothing was sent.`, {
        ...details,
        hint:
          "It was set up anew, or someone is in between. Ask those who run it for its key's fingerprint; only if it is the new one, remove the old: " +
          `ssh-keygen -R ${nameInKnownHosts(target)}.`,
      }),
  },
  {
    pattern: /No \S+ host key is known for|Host key verification failed/,
    explain: (target, details) =>
      new TransportError(
        "HOST_KEY_UNKNOWN",
        `Nobody has confirmed the identity of ${target} yet. Nothing was sent.`,
        {
          ...details,
          hint: `Log in to it in a terminal, or by ssh, and compare the fingerprint it shows with the one its site publishes.`,
        },
      ),
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE[^]*?Permissions \d+ for '(?<file>[^'\n]+)'/,
    explain: (target, details, { groups }) =>
      new AuthError(
        "AUTH_FAILED",
        `The key ${groups?.["file"]} can be read by others, so ssh did not use it, and ${target} had no other.`,
        {
          ...details,
          hint: `chmod 600 ${groups?.["file"]}; if others may have read it, replace it.`,
        },
      ),
  },
  {
    pattern: /Too many authentication failures/,
    explain: (target, details) =>
      new AuthError("AUTH_FAILED", `${target} gave up: too many keys were tried.`, {
        ...details,
        hint: "Name the right one (identityFile), or remove others from the agent: ssh-add -d.",
      }),
  },
  {
    pattern: /Permission denied \((?<methods>[^)]*)\)/,
    explain: (target, details, { groups }) => {
      const methods = groups?.["methods"] ?? "";
      const asks = /password|keyboard-interactive/.test(methods);
      return new AuthError("AUTH_FAILED", `${target} did not accept the log-in (it takes: ${methods}).`, {
        ...details,
        hint: asks
          ? "Log in with the password or code it asks for, or put your public key there: ssh-copy-id."
          : "Check user name and key; your public key must be known there, or to its certificate authority.",
      });
    },
  },
  {
    pattern:
      /(?<line>.*(?:Bad configuration option|Bad owner or permissions on|terminating, \d+ bad configuration|Can't open user config file|keyword \S+ extra arguments|unsupported option|Bad (?:port|number)).*)/,
    explain: (_, details, { groups }) =>
      new ConfigError("CONFIG_INVALID", `ssh can't read its configuration: ${groups?.["line"]?.trim()}`, {
        ...details,
        hint: "Correct it in the file it names (often ~/.ssh/config), or in the resource's definition.",
      }),
  },
  {
    pattern: /Could not resolve hostname (?<name>\S+?):? /,
    explain: (target, details, { groups }) =>
      unreachable(target, `there is no machine of the name ${groups?.["name"]}`, "ENOTFOUND", details),
  },
  {
    pattern: /connect to host .*: Connection refused/,
    explain: (target, details) => unreachable(target, "nothing listens there", "ECONNREFUSED", details),
  },
  {
    pattern: /connect to host .*: (?<why>.*(?:timed out|unreachable|No route to host))/,
    explain: (target, details, { groups }) =>
      unreachable(target, groups?.["why"] ?? "", "ETIMEDOUT", details),
  },
  {
    pattern: /Unable to negotiate with .*?: (?<why>.*)/,
    explain: (target, details, { groups }) =>
      new TransportError(
        "CONNECTION_FAILED",
        `${target} and ssh here have no way to encrypt in common: ${groups?.["why"]?.trim()}`,
        {
          ...details,
          hint: "The machine is very old or very new. Ask those who run it; ~/.ssh/config can allow older ways for this host alone.",
        },
      ),
  },
  {
    pattern: /Connection (?:closed|reset|timed out)|kex_exchange_identification|banner exchange|Broken pipe/,
    explain: (target, details) =>
      unreachable(target, "it closed the connection before the log-in", "ECONNRESET", details),
  },
];

/** The error for what ssh said before it had a connection. Nothing was run. */
export function explainSshFailure(target: string, stderr: string): ScarfError {
  const lines = stderr.replaceAll("\r", "").trim().split("\n").slice(-20);
  const details = { context: { host: target, stderr: lines.join("\n").slice(-4000) } };
  for (const { pattern, explain } of failures) {
    const match = pattern.exec(stderr);
    if (match) return explain(target, details, match);
  }
  const last = lines.at(-1) ?? "";
  return unreachable(target, last === "" ? "ssh did not say why" : last, "ssh", details);
}

function unreachable(
  target: string,
  why: string,
  reason: string,
  details: ScarfErrorDetails,
): TransportError {
  return new TransportError("CONNECTION_FAILED", `${target} can't be reached by ssh: ${why}.`, {
    hint: `Check host name and port, your network (VPN?) and whether the machine is up: ssh ${target.replace(/:\d+$/, "")}.`,
    context: { ...details.context, reason },
  });
}

/** As ssh writes it: a port other than 22 in brackets. */
function nameInKnownHosts(target: string): string {
  const name = target.slice(target.indexOf("@") + 1);
  const [, host = name, port] = /^(.*):(\d+)$/.exec(name) ?? [];
  return port === undefined || port === "22" ? host : `'[${host}]:${port}'`;
}
