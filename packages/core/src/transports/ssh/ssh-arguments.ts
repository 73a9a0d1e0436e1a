import { ValueError } from "../../errors/index.js";
import type { SshOptions } from "./ssh-options.js";

/** For messages and logs: `alice@login.example.org`. */
export function describeTarget({ user, host, port }: SshOptions): string {
  return `${user === undefined ? "" : `${user}@`}${host}${port === undefined ? "" : `:${port}`}`;
}

/**
 * Arguments of the one connection that all programs share. What would disturb in a user's configuration (forwardings that are taken already,
 * a command, a terminal, a shared connection of its own) is overruled; the rest of it counts.
 * @throws {ValueError} `PROPERTY_INVALID`: a name that ssh would take for an option.
 */
export function masterArguments(options: SshOptions, controlPath: string): readonly string[] {
  const { host, user, port, identityFile, configFile, knownHostsFile, questioner } = options;
  for (const [name, value] of Object.entries({ host, user }))
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (value !== undefined && (value === "" || value.startsWith("-") || /[\s\0-\x1f\x7f]/.test(value)))
      throw new ValueError(
        "PROPERTY_INVALID",
        `${JSON.stringify(value)} can't be the ${name} of an SSH connection.`,
        {
          hint: "Check it in the resource's definition.",
          context: { [name]: value },
        },
      );
  const settings: Record<string, string> = {
    ControlMaster: "yes",
    ControlPersist: "no",
    ControlPath: quoteSetting(controlPath),
    BatchMode: questioner === undefined ? "yes" : "no",
    StrictHostKeyChecking: questioner === undefined ? "yes" : "ask",
    // A key that is known only by the name is enough; the addresses of a login node change.
    CheckHostIP: "no",
    UpdateHostKeys: "no",
    ConnectTimeout: String(options.connectTimeoutSeconds ?? 30),
    ServerAliveInterval: "15",
    ServerAliveCountMax: "3",
    ClearAllForwardings: "yes",
    ForwardX11: "no",
    RemoteCommand: "none",
    RequestTTY: "no",
    PermitLocalCommand: "no",
    LogLevel: "ERROR",
    ...(identityFile !== undefined && { IdentityFile: quoteSetting(identityFile), IdentitiesOnly: "yes" }),
    ...(knownHostsFile !== undefined && {
      UserKnownHostsFile: quoteSetting(knownHostsFile),
      GlobalKnownHostsFile: "/dev/null",
    }),
    ...options.options,
  };
  return [
    "-N",
    "-T",
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    ...toOptions(settings),
    "--",
    host,
  ];
}

/**
 * Arguments of one program over that connection. No configuration is read: the connection has all of it. When the machine allows no
 * further session, ssh would make a connection of its own, with another log-in; the proxy that is none stops it.
 */
export function sessionArguments(controlPath: string, line: string): readonly string[] {
  const settings = {
    ControlMaster: "no",
    ControlPath: quoteSetting(controlPath),
    ProxyCommand: "false",
    BatchMode: "yes",
    LogLevel: "ERROR",
    EscapeChar: "none",
  };
  return ["-F", "none", "-T", ...toOptions(settings), "--", "shared", line];
}

function toOptions(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** A path may hold blanks, and `%`, which ssh would fill in. */
function quoteSetting(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
