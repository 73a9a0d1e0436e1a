import { resourcesSchema } from "scarf-tomo";
import * as z from "zod/mini";
import { userNamePattern } from "../users/users-file.js";

const positive = z.number().check(z.positive("a number above 0"));
const wholeAboveZero = z.int().check(z.positive("a whole number above 0"));
const path = z.string().check(z.minLength(1, "a path"));

/** Address and port; an IPv6 address stands in brackets. */
export const listenPattern = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

const userName = z
  .string()
  .check(z.regex(userNamePattern, "a user name of letters, digits, dots, hyphens, underscores or @"));

/** Who gives out bearer tokens, and how they are checked. */
const oauth2Schema = z.strictObject({
  issuer: z.string().check(z.minLength(1, "the issuer, as it stands in the claim iss")),
  audience: z.string().check(z.minLength(1, "the audience, as it stands in the claim aud")),
  keys: z.string().check(z.minLength(1, "the issuer's set of keys (JWKS): a web address or a file")),
  userClaim: z._default(z.string().check(z.minLength(1, "the name of a claim")), "sub"),
});

/** The gateway's configuration file, as it is written. What each key means: docs/reference/gateway-configuration.md. */
export const gatewaySchema = z.strictObject({
  listen: z._default(
    z
      .string()
      .check(z.regex(listenPattern, 'an address with a port such as "127.0.0.1:8080" or "[::1]:8080"')),
    "127.0.0.1:8080",
  ),
  baseUrl: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
          "a web address such as https://portal.example.org:8443/",
        ),
      ),
  ),
  contextPath: z._default(
    z.string().check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "one word without slashes, such as platform")),
    "platform",
  ),
  stateDirectory: path,
  insecure: z._default(z.boolean(), false),
  defaultResource: z.optional(z.string()),
  applicationDirectories: z._default(z.array(path), []),
  trustedProxies: z._default(
    z.array(
      z
        .string()
        .check(
          z.regex(
            /^[0-9A-Fa-f:.]+(\/\d{1,3})?$/,
            'an address or network such as "127.0.0.1" or "10.0.0.0/8"',
          ),
        ),
    ),
    [],
  ),
  shutdownSeconds: z._default(z.number().check(z.minimum(0, "0 or more")), 10),
  tls: z.optional(
    z.strictObject({
      cert: path,
      key: path,
      clientCa: z.optional(path),
      reloadSeconds: z._default(positive, 10),
    }),
  ),
  users: z.prefault(
    z.strictObject({
      authentication: z._default(z.enum(["gateway", "resource"]), "gateway"),
      file: z.optional(path),
      administrators: z._default(z.array(userName), []),
      onlyListed: z._default(z.boolean(), true),
      oauth2: z.optional(oauth2Schema),
      certificates: z.prefault(
        z.strictObject({
          field: z._default(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9.]*$/, "a field such as CN")), "CN"),
          names: z._default(z.record(z.string(), userName), {}),
        }),
        {},
      ),
    }),
    {},
  ),
  sessions: z.prefault(
    z.strictObject({
      idleMinutes: z._default(positive, 60),
      absoluteHours: z._default(positive, 168),
      perUser: z._default(wholeAboveZero, 200),
    }),
    {},
  ),
  limits: z.prefault(
    z.strictObject({
      uploadBytes: z._default(wholeAboveZero, 2 ** 40),
      attachmentBytes: z._default(wholeAboveZero, 2 ** 33),
      requestBytes: z._default(wholeAboveZero, 2 ** 20),
      loginAttempts: z._default(wholeAboveZero, 5),
      loginWindowMinutes: z._default(positive, 15),
      loginDelaySeconds: z._default(z.number().check(z.minimum(0, "0 or more")), 0.25),
      stalledSeconds: z._default(positive, 600),
      headerBytes: z._default(z.int().check(z.minimum(4096, "a whole number from 4096")), 16_384),
      headersSeconds: z._default(positive, 30),
      slowestBytesPerSecond: z._default(z.number().check(z.minimum(0, "0 or more")), 100),
      requestsPerSecond: z._default(positive, 1000),
      transfersPerUser: z._default(wholeAboveZero, 32),
      spoolBytesPerUser: z._default(wholeAboveZero, 2 ** 40),
      chunksPerUser: z._default(wholeAboveZero, 20_000),
      unfinishedUploadDays: z._default(positive, 7),
      connections: z._default(wholeAboveZero, 4000),
      connectionsPerAddress: z._default(wholeAboveZero, 250),
      freeDiskBytes: z._default(z.int().check(z.minimum(0, "0 or more")), 2 ** 28),
    }),
    {},
  ),
  operations: z.prefault(
    z.strictObject({
      enabled: z._default(z.boolean(), true),
      listen: z.optional(
        z.string().check(z.regex(listenPattern, 'an address with a port such as "127.0.0.1:9180"')),
      ),
    }),
    {},
  ),
  mantidWeb: z.prefault(
    z.strictObject({
      enabled: z._default(z.boolean(), false),
      path: z._default(
        z
          .string()
          .check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "one word without slashes, such as MantidRemote")),
        "MantidRemote",
      ),
      python: z._default(path, "python3"),
    }),
    {},
  ),
  log: z.prefault(
    z.strictObject({
      level: z._default(z.enum(["debug", "info", "warn", "error", "silent"]), "info"),
      file: z.optional(path),
      auditFile: z.optional(path),
      auditQueries: z._default(z.boolean(), true),
    }),
    {},
  ),
  resources: z._default(resourcesSchema, {}),
});

/** What a program may pass instead of a file: the same keys as in the file. */
export type GatewayConfigurationInput = z.input<typeof gatewaySchema>;
export type GatewayConfigurationValues = z.output<typeof gatewaySchema>;

/** Takes apart what the schema has checked. */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const [, ipv6, name, port] = listenPattern.exec(text) ?? [];
  return { host: ipv6 ?? name ?? "127.0.0.1", port: Number(port) };
}
