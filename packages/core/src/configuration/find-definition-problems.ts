import { isLoopback } from "../resources/is-loopback.js";
import type { ConfigurationProblem } from "./configuration-problem.js";
import type {
  MantidWebDefinition,
  PacDefinition,
  ResourceDefinition,
  SlurmCliDefinition,
  SlurmRestDefinition,
} from "./resource-definitions.js";

type LoginKey = "tokenPage" | "tokenMethod" | "certFile" | "keyFile" | "passphraseFile" | "tokenFile";

/** Keys that a way to log in must have, and all that it may have. */
const loginKeys: Readonly<
  Record<
    NonNullable<PacDefinition["login"]>,
    { readonly needs: readonly LoginKey[]; readonly takes: readonly LoginKey[] }
  >
> = {
  logon: { needs: [], takes: [] },
  "token-page": { needs: ["tokenPage"], takes: ["tokenPage", "tokenMethod"] },
  certificate: { needs: ["certFile", "keyFile"], takes: ["certFile", "keyFile", "passphraseFile"] },
  bearer: { needs: ["tokenFile"], takes: ["tokenFile"] },
};
const allLoginKeys = Object.values(loginKeys).flatMap(({ takes }) => takes);

/** Keys of one resource that do not go together; `place` is where its table stands, e.g. `["resources", "SCARF"]`. */
export function findDefinitionProblems(
  definition: ResourceDefinition,
  place: readonly string[],
): readonly ConfigurationProblem[] {
  if (definition.kind === "mantid-web") return clearTextProblems(definition, place, "passwords");
  if (definition.kind === "slurm-rest") return slurmRestProblems(definition, place);
  if (definition.kind === "slurm-cli") return slurmCliProblems(definition, place);
  if (definition.kind !== "pac") return [];
  const given = allLoginKeys.filter((key) => definition[key] !== undefined);
  const login = definition.login ?? guessLogin(given);
  const { needs, takes } = loginKeys[login];
  const lacking = needs.find((key) => !given.includes(key));
  const foreign = given.find((key) => !takes.includes(key));
  if (foreign !== undefined && definition.login !== undefined) {
    return [
      { path: [...place, foreign], message: `expected no ${foreign} beside login = "${login}", found one` },
    ];
  }
  if (foreign !== undefined) {
    const first = given.find((key) => key !== foreign) ?? foreign;
    return [
      {
        path: [...place, foreign],
        message: `expected no ${foreign} beside ${first}: they are of different ways to log in`,
      },
    ];
  }
  if (lacking !== undefined) {
    const beside = definition.login === undefined ? (given[0] ?? "") : `login = "${login}"`;
    const key = definition.login === undefined ? (given[0] ?? "login") : "login";
    return [{ path: [...place, key], message: `expected a ${lacking} beside ${beside}, found none` }];
  }
  if (login === "certificate" && definition.url.startsWith("http:")) {
    return [
      {
        path: [...place, "url"],
        message: "expected an https address, over which a certificate can be shown",
      },
    ];
  }
  return [];
}

function slurmCliProblems(
  definition: SlurmCliDefinition,
  place: readonly string[],
): readonly ConfigurationProblem[] {
  const { host, sharedDirectories = [] } = definition;
  const sshKey = (["port", "identityFile", "knownHostsFile", "sshOptions"] as const).find(
    (key) => definition[key] !== undefined,
  );
  if (host === undefined && sshKey !== undefined)
    return [{ path: [...place, sshKey], message: `expected a host beside ${sshKey}, found none` }];
  if (host?.startsWith("-") === true)
    return [{ path: [...place, "host"], message: "expected a name of a host, found an option" }];
  const relative = sharedDirectories.find((path) => !path.startsWith("/"));
  return relative === undefined
    ? []
    : [
        {
          path: [...place, "sharedDirectories"],
          message: `expected absolute paths on the cluster, found "${relative}"`,
        },
      ];
}

function slurmRestProblems(
  definition: SlurmRestDefinition,
  place: readonly string[],
): readonly ConfigurationProblem[] {
  const { url, socket, tokenFile, jwtKeyFile, tokenLifetimeSeconds, sharedFolder, sharedDirectories } =
    definition;
  const problem = (key: string, message: string): readonly ConfigurationProblem[] => [
    { path: [...place, key], message },
  ];
  if (url === undefined && socket === undefined)
    return problem("kind", 'expected a url or a socket beside kind = "slurm-rest", found none');
  if (url !== undefined && socket !== undefined)
    return problem("socket", "expected no socket beside url: they are two ways to the same daemon");
  if (tokenFile !== undefined && jwtKeyFile !== undefined)
    return problem("jwtKeyFile", "expected no jwtKeyFile beside tokenFile: a token is read or made");
  if (tokenLifetimeSeconds !== undefined && jwtKeyFile === undefined)
    return problem("tokenLifetimeSeconds", "expected a jwtKeyFile beside tokenLifetimeSeconds, found none");
  if (sharedDirectories !== undefined && sharedFolder === undefined)
    return problem("sharedDirectories", "expected a sharedFolder beside sharedDirectories, found none");
  return url === undefined ? [] : clearTextProblems({ ...definition, url }, place, "tokens");
}

function clearTextProblems(
  { url, insecure = false }: Pick<MantidWebDefinition, "url" | "insecure">,
  place: readonly string[],
  what: string,
): readonly ConfigurationProblem[] {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || insecure || isLoopback(hostname)) return [];
  const message =
    `expected https://, because users' ${what} would cross the network in clear text, found http://. ` +
    "Say insecure = true if something else protects the way there";
  return [{ path: [...place, "url"], message }];
}

/** The way that the first of the keys belongs to. */
function guessLogin([first]: readonly LoginKey[]): NonNullable<PacDefinition["login"]> {
  if (first === undefined) return "logon";
  if (first === "tokenFile") return "bearer";
  return first === "tokenPage" || first === "tokenMethod" ? "token-page" : "certificate";
}
