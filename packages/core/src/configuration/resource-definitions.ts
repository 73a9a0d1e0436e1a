import * as z from "zod/mini";
import { slurmApiVersions } from "../wire/index.js";

const text = z.string().check(z.minLength(1, "text that is not empty"));
const positive = z.number().check(z.positive("a number above 0"));
const webAddress = z
  .string()
  .check(
    z.refine(
      isWebAddress,
      "a web address such as https://host:8443/platform/ (no user name, password, ? or # in it)",
    ),
  );

/** This machine as a resource: an engine that keeps its jobs in `workspace`. */
export const localDefinitionSchema = z.strictObject({
  kind: z.literal("local"),
  /** Directory of jobs and users' files. */
  workspace: text,
  /** Cores that jobs may use at the same time. Absent = all. */
  slots: z.optional(z.int().check(z.positive("a whole number above 0"))),
  /** Directories put before PATH for jobs. */
  extraPath: z.optional(z.array(text)),
  /** Directories outside `workspace` that every user may read and write. */
  sharedDirectories: z.optional(z.array(text)),
  /** The engine ends itself after this time without jobs. */
  idleSeconds: z.optional(positive),
});

/** How long to wait for what. */
const timeouts = z.optional(
  z.strictObject({
    /** Until the connection stands. */
    connectSeconds: z.optional(positive),
    /** Until the answer begins. */
    responseSeconds: z.optional(positive),
    /** Without any byte in a transfer. */
    idleSeconds: z.optional(positive),
    /** The whole of one exchange. */
    totalSeconds: z.optional(positive),
  }),
);

/** How often, and for how long, something is tried again. */
const retry = z.optional(
  z.strictObject({
    /** Tries without any progress between them. */
    attempts: z.optional(z.int().check(z.positive("a whole number above 0"))),
    /** Wait before the second try; doubles with each more. */
    firstDelaySeconds: z.optional(positive),
    /** No try begins later than this after the first one. */
    withinSeconds: z.optional(positive),
  }),
);

const pacShape = {
  kind: z.literal("pac"),
  /** Base address of the web service, e.g. `https://portal.scarf.rl.ac.uk:8443/platform/`. */
  url: webAddress,
  /** Which generation of the web service is asked. @defaultValue "auto": the newer one that is there */
  generation: z.optional(z.enum(["auto", "current", "legacy"])),
  /**
   * `logon`: the service's own. `token-page`: SCARF's page that gives a token. `certificate`: an X.509 certificate of the user's.
   * `bearer`: an access token of an OAuth2 issuer. @defaultValue what the keys beside it belong to, else "logon"
   */
  login: z.optional(z.enum(["logon", "token-page", "certificate", "bearer"])),
  /** Address of the token page. */
  tokenPage: z.optional(webAddress),
  /** `query` puts the password into the address, where servers log it: only for a page that takes nothing else. @defaultValue "post" */
  tokenMethod: z.optional(z.enum(["post", "query"])),
  /** PEM file with the user's certificate. */
  certFile: z.optional(text),
  /** PEM file with its private key, which nobody else may read. */
  keyFile: z.optional(text),
  /** File with the passphrase of the key, which nobody else may read. */
  passphraseFile: z.optional(text),
  /** File with the user's access token, which nobody else may read; another program renews it. */
  tokenFile: z.optional(text),
  /** PEM file with the certificates of the authorities that are trusted besides the system's. */
  caFile: z.optional(text),
  /** Directory on the cluster where uploads go when none is given. */
  uploadDirectory: z.optional(text),
  timeouts,
  retry,
  /** How far back finished jobs are asked for. */
  historyHours: z.optional(positive),
};

/** SCARF's web service (LSF Application Center), or a gateway of ours. */
export const pacDefinitionSchema = z.strictObject(pacShape);

/** The web service that Mantid's remote algorithms were made for, or a gateway of ours. */
export const mantidWebDefinitionSchema = z.strictObject({
  kind: z.literal("mantid-web"),
  /** Base address, e.g. `https://fermi.ornl.gov/MantidRemote`. */
  url: webAddress,
  /** PEM file with the certificates of the authorities that are trusted besides the system's. */
  caFile: z.optional(text),
  /** Passwords may travel over plain http to another machine. @defaultValue false */
  insecure: z.optional(z.boolean()),
  /** What the service runs submitted scripts with. @defaultValue "python" */
  scripts: z.optional(z.enum(["python", "shell"])),
  /** Fields that the service wants in every submit. */
  requestVariables: z.optional(z.record(text, z.string())),
  timeouts,
  retry,
});

/** A cluster behind Slurm's REST daemon. */
export const slurmRestDefinitionSchema = z.strictObject({
  kind: z.literal("slurm-rest"),
  /** Address of slurmrestd, e.g. `https://slurm.example.org:6820`. */
  url: z.optional(webAddress),
  /** Unix socket that it listens on, instead of `url`. */
  socket: z.optional(text),
  /** @defaultValue the newest version that both sides know */
  apiVersion: z.optional(z.enum(slurmApiVersions)),
  /** File with the user's token, which nobody else may read; another program renews it. @defaultValue a log-in takes it as the password */
  tokenFile: z.optional(text),
  /** The site's HS256 key, which nobody else may read: tokens are made for each user, as a gateway needs it. */
  jwtKeyFile: z.optional(text),
  /** How long such a token is valid; it is renewed in time. @defaultValue 1800 */
  tokenLifetimeSeconds: z.optional(positive),
  /** The user's directory on a folder that this machine and the nodes have under the same path, `{user}` for the name: `/home/{user}`. */
  sharedFolder: z.optional(text),
  /** Directories outside of it that users may reach too. */
  sharedDirectories: z.optional(z.array(text)),
  /** PEM file with the certificates of the authorities that are trusted besides the system's. */
  caFile: z.optional(text),
  /** Tokens may travel over plain http to another machine. @defaultValue false */
  insecure: z.optional(z.boolean()),
  timeouts,
  retry,
});

/** A cluster by Slurm's own commands, on this machine or on one that ssh reaches. */
export const slurmCliDefinitionSchema = z.strictObject({
  kind: z.literal("slurm-cli"),
  /** Where the commands are: a name of the network, or a `Host` of `~/.ssh/config`. @defaultValue this machine */
  host: z.optional(text),
  /** @defaultValue as `~/.ssh/config` says, else 22 */
  port: z.optional(z.int().check(z.positive("a whole number above 0"))),
  /** Private key. @defaultValue those of `~/.ssh/config` and the agent */
  identityFile: z.optional(text),
  /** Keys by which hosts are known. @defaultValue `~/.ssh/known_hosts` and the machine's */
  knownHostsFile: z.optional(text),
  /** More options of ssh_config(5), e.g. `ProxyJump = "gate"`. */
  sshOptions: z.optional(z.record(text, text)),
  /** For `SLURM_CONF`, where the commands don't find their configuration by themselves: a path there. */
  slurmConf: z.optional(text),
  /** Directories there, outside of the users' own, that paths may lead into. */
  sharedDirectories: z.optional(z.array(text)),
  retry,
});

/** A table `[resources.NAME]` of a configuration file. */
export const resourceDefinitionSchema = z.discriminatedUnion("kind", [
  localDefinitionSchema,
  pacDefinitionSchema,
  mantidWebDefinitionSchema,
  slurmRestDefinitionSchema,
  slurmCliDefinitionSchema,
]);

const resourceId = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9@._-]*$/,
      "a name of letters, digits and @ . _ -, beginning with a letter or digit",
    ),
  );

/** All of `[resources.…]`: name → definition. */
export const resourcesSchema = z.record(resourceId, resourceDefinitionSchema);

/** This machine, as a configuration file defines it. */
export type LocalDefinition = Readonly<z.infer<typeof localDefinitionSchema>>;
/** A web service of SCARF's kind, as a configuration file defines it. */
export type PacDefinition = Readonly<z.infer<typeof pacDefinitionSchema>>;
/** A web service of Mantid's kind, as a configuration file defines it. */
export type MantidWebDefinition = Readonly<z.infer<typeof mantidWebDefinitionSchema>>;
/** A cluster behind Slurm's REST daemon, as a configuration file defines it. */
export type SlurmRestDefinition = Readonly<z.infer<typeof slurmRestDefinitionSchema>>;
/** A cluster by Slurm's own commands, as a configuration file defines it. */
export type SlurmCliDefinition = Readonly<z.infer<typeof slurmCliDefinitionSchema>>;
/** A compute resource, as a configuration file defines it. */
export type ResourceDefinition =
  | LocalDefinition
  | PacDefinition
  | MantidWebDefinition
  | SlurmRestDefinition
  | SlurmCliDefinition;

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  const plain = username === "" && password === "" && search === "" && hash === "";
  return plain && (protocol === "https:" || protocol === "http:");
}
